/** A status of the size and shape that the contract asks for, to measure what writing one costs. */

const TIME = '2026-01-01T00:00:00Z';

const CONDITIONS_PENDING = conditions([
  ['Ready', 'False', 'Pending', 'Waiting for a worker to take the job.'],
  ['Reconciling', 'True', 'Pending', 'Waiting for a worker to take the job.'],
  ['Complete', 'False', 'Pending', 'Waiting for a worker to take the job.'],
  ['Failed', 'False', 'Pending', 'Waiting for a worker to take the job.'],
  ['Synced', 'True', 'RowShown', "This status is the row's."],
]);

const CONDITIONS_COMPLETED = conditions([
  ['Ready', 'True', 'Completed', 'The job completed.'],
  ['Complete', 'True', 'Completed', 'The job completed.'],
  ['Failed', 'False', 'Completed', 'The job completed.'],
  ['Synced', 'True', 'RowShown', "This status is the row's."],
]);

/** What a worker leaves in the row. */
export const RESULT = { url: 'https://clone.example.com', bytes: 734_003_200, tables: 42, files: 18_764 };

export function pendingStatus(jobId: string): object {
  return { observedGeneration: 1, jobId, phase: 'Pending', progress: 0, createdAt: TIME, conditions: CONDITIONS_PENDING };
}

export function completedStatus(jobId: string): object {
  return { observedGeneration: 1, jobId, phase: 'Completed', progress: 100, result: RESULT, createdAt: TIME, startedAt: TIME, completedAt: TIME, conditions: CONDITIONS_COMPLETED };
}

function conditions(rows: readonly (readonly [string, string, string, string])[]): readonly object[] {
  return rows.map(([type, status, reason, message]) => ({ type, status, reason, message, lastTransitionTime: TIME, observedGeneration: 1 }));
}
