/** Where one life is played: a namespace and a database of its own, watched from outside. */

import { createAuditedTable } from '../../e2e/support/audit-trail.ts';
import type { AuditTrail } from '../../e2e/support/audit-trail.ts';
import { Jobs } from '../../e2e/support/jobs.ts';
import { Rows } from '../../e2e/support/rows.ts';
import type { Database, Namespace, TestStack } from '../../support/stack.ts';
import { recordHistory } from './job-history.ts';
import type { JobHistory } from './job-history.ts';

export interface Stage {
  readonly namespace: Namespace;
  readonly database: Database;
  readonly jobs: Jobs;
  readonly rows: Rows;
  readonly audit: AuditTrail;
  readonly history: JobHistory;
  /** Deletes a Job unless somebody has already, or nobody has made it yet. */
  deleteIfThere(name: string): Promise<void>;
  /** At once, since a run over all crash points has hundreds of stages. */
  clear(): Promise<void>;
}

export async function openStage(stack: TestStack): Promise<Stage> {
  const [namespace, database] = await Promise.all([stack.namespace(), stack.database()]);
  const [audit, history] = await Promise.all([createAuditedTable(database), recordHistory(stack.credentials, namespace)]);
  const rows = new Rows(await database.connect(Rows.EXACT));
  return {
    namespace,
    database,
    jobs: new Jobs(stack.api, namespace),
    rows,
    audit,
    history,
    async deleteIfThere(name) {
      const { status, text } = await stack.api.send('DELETE', `${namespace.jobsPath}/${name}`);
      if (status >= 300 && status !== 404) throw new Error(`Job ${name} could not be deleted: ${text}`);
    },
    async clear() {
      await Promise.all([rows.close(), history.close()]);
      await Promise.all([namespace.remove(), database.drop()]);
    },
  };
}
