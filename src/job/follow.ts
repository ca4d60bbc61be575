/** The row exists: what it lacks is done to it, then the status shows it. */
import type { Action } from './action.ts';
import { ownsRow } from './identity.ts';
import type { Circumstances } from './knowledge.ts';
import type { JobResource } from './resource.ts';
import { isFinished } from './row.ts';
import type { JobRow } from './row.ts';
import { show } from './show.ts';
import { missingStamp } from './ttl.ts';

export function follow(job: JobResource, row: JobRow, circumstances: Circumstances): Action[] {
  if (!circumstances.readOnly && ownsRow(job, circumstances.keys.clusterName)) {
    if (job.spec.cancel && !isFinished(row.status)) return [{ do: 'cancelRow' }, { do: 'readRow' }];
    // Stamped before the status is written, so that one write shows the outcome and its expiry.
    const stamp = missingStamp(job.spec, row, circumstances.defaultTtlSeconds);
    if (stamp !== undefined) return [{ do: 'stampTtl', stamp }, { do: 'readRow' }];
  }
  return show(job, row, circumstances);
}
