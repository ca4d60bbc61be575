/** What an operator says of itself: its log as objects, and its probes. */

import type { OperatorProcess } from '../../support/stack.ts';

export interface LogLine {
  readonly level: string;
  readonly time: string;
  readonly message: string;
  readonly job?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly reconcileId?: string;
  readonly reason?: string;
  readonly error?: { readonly code?: string; readonly message: string };
}

/** Every line so far; throws when one is not a JSON object. */
export function logOf({ service }: OperatorProcess): readonly LogLine[] {
  return service
    .log()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LogLine);
}

/** The status code that `/healthz` or `/readyz` answers with. */
export async function probe({ url }: OperatorProcess, path: '/healthz' | '/readyz'): Promise<number> {
  const response = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(5_000) });
  await response.text();
  return response.status;
}
