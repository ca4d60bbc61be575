/** Many Jobs, as fast as the API server takes them. */

import { inLanes } from '../lanes.ts';
import type { Arena } from './arena.ts';
import { jobsPath } from './arena.ts';

export interface Burst {
  readonly count: number;
  /** Names are `prefix-000001` and so on. */
  readonly prefix: string;
  /** Size of each payload, about; default 300. */
  readonly payloadBytes?: number;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Connections, each with one request at a time: more of them do not make two cores faster. */
const LANES = 32;
/** The server is to be overloaded: it may take its time. */
const TIMEOUT_MS = 60_000;

/** Resolves when the last one is created. */
export async function createJobs({ api, ...arena }: Pick<Arena, 'api' | 'namespace'>, { count, prefix, payloadBytes = 300, labels = {} }: Burst): Promise<void> {
  const site = 'https://example.com/'.padEnd(Math.max(20, payloadBytes - 60), 'x');
  await inLanes(count, LANES, async (index) => {
    const name = `${prefix}-${String(index).padStart(6, '0')}`;
    const body = {
      apiVersion: 'wordpress.betaweb.ai/v1alpha1',
      kind: 'Job',
      metadata: { name, labels },
      spec: { type: 'clone', requestPayload: { index, site, customer: `customer-${index % 997}` } },
    };
    await api.text('POST', jobsPath(arena), { body, timeoutMs: TIMEOUT_MS });
  });
}
