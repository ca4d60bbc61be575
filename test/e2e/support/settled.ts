/** A count that a process keeps of its own doings: what is to be seen outside is counted a moment later. */

import { isDeepStrictEqual } from 'node:util';
import { waitFor } from '../../support/stack.ts';

const LOOK_MS = 500;

/** Looks until two looks in a row find the same. @throws when that takes longer than 20 s */
export async function settled<T>(look: () => Promise<T>): Promise<T> {
  let last = await look();
  const isSettled = async (): Promise<boolean> => {
    const before = last;
    last = await look();
    return isDeepStrictEqual(last, before);
  };
  await waitFor(isSettled, { what: 'the last of it to be counted', timeoutMs: 20_000, intervalMs: LOOK_MS });
  return last;
}
