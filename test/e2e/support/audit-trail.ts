/** The diary of a test's jobs table, in short: which status followed which, and whether that keeps the promise. */

import type { Connection } from 'mysql2/promise';
import { readDiary, startDiary } from '../../../dev/row-diary.ts';
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

const FINISHED: ReadonlySet<string | null> = new Set(['completed', 'failed', 'cancelled']);

/** Makes the jobs table in an empty database, and the triggers; the operator then adopts the table. */
export async function createAuditedTable(database: Database): Promise<AuditTrail> {
  // With the binary log on, only an administrator may make triggers.
  await withAdmin(database, async (admin) => {
    await admin.query(CREATE_JOBS_TABLE);
    await startDiary(admin);
  });
  const entries = (): Promise<readonly AuditEntry[]> =>
    withAdmin(database, async (admin) =>
      (await readDiary(admin)).map(({ what, jobId, before, after }) => ({ what, jobId, before: before?.status ?? null, after: after?.status ?? null })),
    );
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
