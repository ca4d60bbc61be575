/** What is judged about the table that keyed Jobs need. */
import { TOMBSTONES_TABLE } from '../../database/jobs-table.ts';
import type { MigrateMode } from '../../database/settings.ts';
import { tombstonesProblems, type TableShape } from '../../database/shape.ts';
import { ok, warn, type Finding } from './finding.ts';

const MIGRATE = 'Run `jobs-operator migrate` with DB_MIGRATE=full; the user needs SELECT, INSERT, UPDATE and DELETE on the table.';

/** Nothing where there is no CLUSTER_NAME: keyed Jobs are refused then anyway, and whoever uses none needs no such table. */
export function judgeTombstones(shape: TableShape | undefined, clusterName: string | undefined, mode: MigrateMode): readonly Finding[] {
  if (clusterName === undefined) return [];
  const subject = `table ${TOMBSTONES_TABLE}`;
  if (shape === undefined) {
    return mode === 'full'
      ? [ok(subject, 'is not there yet; DB_MIGRATE=full makes it at start')]
      : [warn(subject, 'is not there, or hidden from this user: Jobs with an idempotencyKey are refused', MIGRATE)];
  }
  const problems = tombstonesProblems(shape);
  if (problems.length === 0) return [ok(subject, 'is there: Jobs may have an idempotencyKey')];
  return problems.map((problem) => warn(subject, `${problem}: Jobs with an idempotencyKey are refused`, 'Mend the column; the table remembers which jobs have run, so do not drop it.'));
}
