/** A diary of the jobs table, written by triggers: what happened to it, whoever did it, in the order of the commits of each row. */

import type { Connection, RowDataPacket } from 'mysql2/promise';
import { CREATE_JOBS_TABLE } from '../../../src/database/jobs-table.ts';
import type { Database } from '../../support/stack.ts';

export interface AuditEntry {
  readonly what: 'insert' | 'update' | 'delete';
  readonly jobId: string;
  readonly before: string | null;
  readonly after: string | null;
}

export interface AuditTrail {
  /** Everything so far, oldest first. */
  entries(): Promise<readonly AuditEntry[]>;
  /** What breaks the promise that a job runs once, a sentence each; empty when nothing does. */
  violations(): Promise<readonly string[]>;
}

const TABLE = `CREATE TABLE audit (
  seq BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  what VARCHAR(6) NOT NULL,
  job_id VARCHAR(36) NOT NULL,
  status_before VARCHAR(16) NULL,
  status_after VARCHAR(16) NULL
)`;

const TRIGGERS = [
  "CREATE TRIGGER audit_insert AFTER INSERT ON jobs FOR EACH ROW INSERT INTO audit (what, job_id, status_after) VALUES ('insert', NEW.job_id, NEW.status)",
  "CREATE TRIGGER audit_update AFTER UPDATE ON jobs FOR EACH ROW INSERT INTO audit (what, job_id, status_before, status_after) VALUES ('update', NEW.job_id, OLD.status, NEW.status)",
  "CREATE TRIGGER audit_delete AFTER DELETE ON jobs FOR EACH ROW INSERT INTO audit (what, job_id, status_before) VALUES ('delete', OLD.job_id, OLD.status)",
];

const FINISHED: ReadonlySet<string | null> = new Set(['completed', 'failed', 'cancelled']);

/** Makes the jobs table in an empty database, and the triggers; the operator then adopts the table. */
export async function createAuditedTable(database: Database): Promise<AuditTrail> {
  // With the binary log on, only an administrator may make triggers.
  await withAdmin(database, async (admin) => {
    for (const statement of [CREATE_JOBS_TABLE, TABLE, ...TRIGGERS]) await admin.query(statement);
  });
  const entries = (): Promise<readonly AuditEntry[]> =>
    withAdmin(database, async (admin) => {
      const [rows] = await admin.query<(AuditEntry & RowDataPacket)[]>(
        'SELECT what, job_id AS jobId, status_before AS `before`, status_after AS `after` FROM audit ORDER BY seq',
      );
      return rows;
    });
  return { entries, violations: async () => violationsIn(await entries()) };
}

/** Contract, section 5, invariant 1; and that a cancel never overrides an end that was there first. */
function violationsIn(entries: readonly AuditEntry[]): readonly string[] {
  const inserted = new Set<string>();
  const finished = new Set<string>();
  const found: string[] = [];
  for (const { what, jobId, before, after } of entries) {
    if (what === 'insert' && inserted.has(jobId)) found.push(`${jobId} was inserted twice`);
    if (what === 'insert' && finished.has(jobId)) found.push(`${jobId} was inserted after it had finished`);
    if (what === 'update' && after === 'cancelled' && (before === 'completed' || before === 'failed')) found.push(`${jobId} was ${before} and then cancelled`);
    if (what === 'delete' && !FINISHED.has(before)) found.push(`${jobId} was deleted while ${before}`);
    if (what === 'insert') inserted.add(jobId);
    if (FINISHED.has(after)) finished.add(jobId);
  }
  return found;
}

async function withAdmin<Result>(database: Database, work: (admin: Connection) => Promise<Result>): Promise<Result> {
  const admin = await database.connectAsAdmin();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}
