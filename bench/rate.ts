/** Work begun at a fixed rate, whether what was begun before is done or not. */

import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves when all of it is done; what is late is begun at once. */
export async function atRate(perSecond: number, count: number, begin: (index: number) => Promise<void>): Promise<void> {
  const began = performance.now();
  const underWay: Promise<void>[] = [];
  for (let index = 0; index < count; index += 1) {
    const wait = began + (index * 1000) / perSecond - performance.now();
    if (wait > 0) await sleep(wait);
    const work = begin(index);
    // Heard at the end.
    work.catch(() => undefined);
    underWay.push(work);
  }
  await Promise.all(underWay);
}
