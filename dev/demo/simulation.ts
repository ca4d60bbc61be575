/** What the demo's worker makes of each job: how long it takes, and how it ends. */

import type { PendingJob, Work } from '../worker.ts';
import { exactJson } from './job-resource.ts';

/** The error of the Job that fails. */
export const SIMULATED_ERROR = 'https://atelier.example.com does not answer: connection timed out after 30 s (3 attempts)';

const DURATION_MS = { clone: 4_000, restore: 5_000, delete: 2_500 } as const;
const SLOW_MS = 60_000;
const STEP_MS = 200;

/** @param patience what a payload with `simulate: patience` waits for before it ends */
export function simulation(patience: Promise<void>): (job: PendingJob) => Work {
  return (job) => {
    const { simulate } = exactJson(job.requestPayload) as { readonly simulate?: string };
    const work = { durationMs: DURATION_MS[job.type], stepMs: STEP_MS, outcome: { result: resultOf(job) } };
    switch (simulate) {
      case 'failure':
        return { ...work, outcome: { error: SIMULATED_ERROR, atPercent: 65 } };
      case 'slow':
        // Still running when it is cancelled or deleted, however slow the machine is.
        return { ...work, durationMs: SLOW_MS, notBefore: new Promise(() => undefined) };
      case 'patience':
        return { ...work, notBefore: patience };
      default:
        return work;
    }
  };
}

function resultOf({ jobId, type }: PendingJob): string {
  switch (type) {
    case 'clone':
      return JSON.stringify({ clone_url: `https://clone-${jobId.slice(0, 8)}.clones.betaweb.ai` });
    case 'restore':
      // Written out, because a JavaScript number cannot hold the first one.
      return '{"site_id": 9007199254740993, "files": 18234, "warnings": [null]}';
    case 'delete':
      return JSON.stringify({ deleted: true, backups: 14 });
  }
}
