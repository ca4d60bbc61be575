/** Whether anything is written when there is nothing to write: contract, section 5, invariant 4. */

import type { SoakJob } from './soak-job.ts';
import type { Present } from './ending.ts';
import type { Violation } from './violation.ts';

/** Many looks of the feed and some sweeps of both operators, milliseconds. */
export const SILENCE_MS = 3_000;

/** Two looks at everything, with `SILENCE_MS` between them. */
export function disturbances(before: Present, after: Present, diaryGrewBy: number): readonly Violation[] {
  const versions = new Map(before.jobs.map(({ metadata }) => [metadata.uid, metadata.resourceVersion]));
  const present = new Set(after.jobs.map(({ metadata }) => metadata.uid));
  return [
    ...after.jobs.filter(({ metadata }) => versions.get(metadata.uid) !== metadata.resourceVersion).map((job) => wrote(job, 'written')),
    ...before.jobs.filter(({ metadata }) => !present.has(metadata.uid)).map((job) => wrote(job, 'removed')),
    ...(diaryGrewBy === 0 ? [] : [{ kind: 'contradicting' as const, what: `${diaryGrewBy} writes to rows in the calm` }]),
  ];
}

function wrote({ metadata, status }: SoakJob, what: string): Violation {
  return { kind: 'contradicting', uid: metadata.uid, jobId: status.jobId, what: `${metadata.name} was ${what} in the calm` };
}
