/** Waits for resources to say what their rows say. */

import { disagreements } from '../../../dev/agreement.ts';
import { waitFor } from '../../support/stack.ts';
import { rowIdOf } from './jobs.ts';
import type { Job, Jobs } from './jobs.ts';
import type { Row, Rows } from './rows.ts';

export { disagreements };

/** Waits until every Job of the namespace agrees with its row, and returns them with their rows. */
export async function untilAllAgree(
  jobs: Pick<Jobs, 'list'>,
  rows: Pick<Rows, 'all'>,
  timeoutMs = 20_000,
): Promise<readonly { readonly job: Job; readonly row: Row }[]> {
  const agreed = await waitFor(
    async () => {
      const resources = await jobs.list();
      const table = new Map((await rows.all()).map((row) => [row.job_id, row]));
      const problems = resources.flatMap((job) => disagreements(job, table.get(rowIdOf(job))));
      if (problems.length > 0) throw new Error(`${problems.length} differences, among them: ${problems.slice(0, 3).join('; ')}`);
      return { resources, table };
    },
    { what: 'all statuses to say what the rows say', timeoutMs, intervalMs: 200 },
  );
  return agreed.resources.flatMap((job) => {
    const row = agreed.table.get(rowIdOf(job));
    return row === undefined ? [] : [{ job, row }];
  });
}
