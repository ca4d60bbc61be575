/** One way to delete the expired rows of a table, and how its workers fare before and meanwhile. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from 'mysql2/promise';
import type { Database } from '../../dev/database.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { countExpired } from './full-table.ts';
import { deletedRows, lockWaits, unpurged } from './server-counters.ts';
import type { LockWaits } from './server-counters.ts';
import { Workforce } from './workforce.ts';
import type { WorkMeasured } from './workforce.ts';

export interface Deletion {
  readonly rows: number;
  readonly seconds: number;
  readonly rowsPerSecond: number;
  readonly calm: WorkMeasured;
  readonly meanwhile: WorkMeasured;
  /** Of all sessions, meanwhile; the longest since the server started. */
  readonly lockWaits: LockWaits;
}

export interface DeletionOptions {
  readonly database: Database;
  readonly workPerSecond: number;
  readonly calmMs: number;
  /** Whoever deletes, in the calm already; starts by itself or when it is told to. */
  readonly begin: () => Promise<void>;
}

/** Connections, caches and compilers. */
const WARM_UP_MS = 3_000;
const LOOK_MS = 100;
const START_TIMEOUT_MS = 120_000;
const TIMEOUT_MS = 60 * 60_000;
/** What is left to purge when a deletion is over, from its own rows on; some is always under way. */
const PURGED = 1_000;
const PURGE_TIMEOUT_MS = 10 * 60_000;

export async function measureDeletion({ database, workPerSecond, calmMs, begin }: DeletionOptions): Promise<Deletion> {
  const rows = await countExpired(database);
  const admin = await database.connectAsAdmin();
  const workers = new Workforce(database, workPerSecond);
  try {
    await sleep(WARM_UP_MS);
    const before = await deletedRows(admin);
    const deleted = async (): Promise<number> => (await deletedRows(admin)) - before;
    workers.measure();
    await sleep(calmMs);
    const calm = await workers.report();
    if ((await deleted()) > 0) throw new Error('the deletion began before the workers were measured without it');
    const waitsBefore = await lockWaits(admin);
    await begin();
    await waitFor(async () => (await deleted()) > 0, { what: 'the deletion to begin', timeoutMs: START_TIMEOUT_MS, intervalMs: LOOK_MS });
    workers.measure();
    const began = performance.now();
    await waitFor(async () => (await deleted()) >= rows, { what: 'the deletion to end', timeoutMs: TIMEOUT_MS, intervalMs: LOOK_MS });
    const seconds = (performance.now() - began) / 1000;
    const meanwhile = await workers.report();
    const waitsAfter = await lockWaits(admin);
    return {
      rows,
      seconds,
      rowsPerSecond: rows / seconds,
      calm,
      meanwhile,
      lockWaits: { count: waitsAfter.count - waitsBefore.count, longestMs: waitsAfter.longestMs },
    };
  } finally {
    await workers.stop();
    await admin.end();
  }
}

/** Waits until the server has cleared up behind a deletion, so that the next one does not pay for it. */
export async function untilPurged(admin: Connection): Promise<void> {
  await waitFor(async () => (await unpurged(admin)) < PURGED, { what: 'the server to purge what was deleted', timeoutMs: PURGE_TIMEOUT_MS, intervalMs: 500 });
}
