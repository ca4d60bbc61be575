/**
 * Which key comes first: what finished or is being deleted, then what is new, then what began, then progress, then what
 * was swept, of which there may be a hundred thousand at once; a list at the very end (controller-runtime's low priority), since all
 * of it was true before already.
 */
import { LOW_PRIORITY } from '../engine/work-queue.ts';
import type { JobResource } from '../job/resource.ts';

export const PRIORITY = { finished: 30, created: 20, started: 15, progress: 10, swept: 5, list: LOW_PRIORITY } as const;

/** How the change feed found the row. */
export type RowChange = 'finished' | 'started' | 'progress' | 'missing' | 'left' | 'other';

export function priorityOfRow(change: RowChange): number {
  switch (change) {
    case 'finished':
    case 'missing':
    case 'left':
      return PRIORITY.finished;
    case 'started':
      return PRIORITY.started;
    case 'progress':
    case 'other':
      return PRIORITY.progress;
  }
}

/** @param initial the Job came with a list, not as news */
export function priorityOfJob(job: JobResource, initial: boolean): number {
  if (initial) return PRIORITY.list;
  if (job.deleting || job.spec.cancel) return PRIORITY.finished;
  return job.status.jobId === undefined ? PRIORITY.created : PRIORITY.started;
}
