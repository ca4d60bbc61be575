/** The rows as reconciles use them, one id at a time; underneath, concurrent calls share statements. */
import { systemClock } from '../engine/clock.ts';
import type { Clock } from '../engine/clock.ts';
import { OperatorError } from '../errors.ts';
import { RESULT_LIMIT_BYTES } from '../job/row.ts';
import type { NewRow, RowRead } from '../job/row.ts';
import type { TtlStamp } from '../job/ttl.ts';
import { Batch } from './batch.ts';
import type { Outcome } from './batch.ts';
import type { DatabaseClock } from './database-clock.ts';
import type { Database, Sql } from './database.ts';
import { changeApart } from './change-apart.ts';
import { insertRowsApart } from './insert-batch.ts';
import type { InsertTerm } from './insert-batch.ts';
import { isKeyedId } from './keyed-id.ts';
import { retryBusy } from './retry-busy.ts';
import { IS_OLD_ENOUGH } from './statements/columns.ts';
import { cancelRows, removeRows, stampRows } from './statements/change-rows.ts';
import { insertKeyedRows, insertRows, insertTerm } from './statements/insert-rows.ts';
import { readKeyedRows } from './statements/read-keyed-rows.ts';
import type { KeyedRowsRead } from './statements/read-keyed-rows.ts';
import { readRows } from './statements/read-rows.ts';
import { KEYED_REMOVAL_ROWS, removeKeyedRows } from './statements/remove-keyed-rows.ts';


/** All of them reject with an `OperatorError`; none is tried again here but for deadlocks and lock waits. */
export interface Rows {
  /** The row as committed at some moment after this call, and when that was. */
  read(jobId: string): Promise<RowRead>;
  /**
   * The same with the digest of the row's payload, or, where there is no row, with its tombstone. It reads the
   * payload, which may have megabytes: for Jobs that were not accepted yet.
   *
   * @throws OperatorError DATABASE_REFUSED also without the table of tombstones (`hasTombstones`)
   */
  readKeyed(jobId: string): Promise<RowRead>;
  /**
   * Writes the row unless its id is taken, has a tombstone (`keyed`), or its deadline has passed, and does not
   * tell which: the caller reads the row afterwards.
   *
   * @throws OperatorError ROW_REFUSED when the database will never take this row; other rows are not affected
   */
  insert(row: NewRow): Promise<void>;
  /** Cancels the row unless it has finished. */
  cancel(jobId: string): Promise<void>;
  stampTtl(jobId: string, stamp: TtlStamp): Promise<void>;
  /**
   * Removes the row unless it is too young. One whose id came from a key leaves a tombstone.
   *
   * @throws OperatorError DATABASE_REFUSED also for such a row without the table of tombstones: it stays
   */
  remove(jobId: string): Promise<void>;
}

/**
 * Under load a statement carries what came in this time (ms), and not the one row about which the API server has answered meanwhile: a statement costs
 * this process as much as the writes of two or three statuses. No longer: of 64 workers, who make 300 writes a second, a third waits here.
 */
const GATHER_MS = 50;

/** Rows of one statement: large enough to spread its round trip, small enough to hold locks for milliseconds. */
const MAX_ROWS = 200;
/** Bytes of one statement, where the server allows as much. */
const MAX_BYTES = 8 * 1024 * 1024;

/** Rows of one statement whose results were too large to be shown: the server fetches all of each, and whoever waits for another row should not wait for that. */
const MAX_LARGE_ROWS = 4;
/** So many of them are kept in mind; then anew, since nobody tells which are gone for good. Forgetting one costs a statement that waits for it. */
const MAX_LARGE_KNOWN = 10_000;

/** Keyed rows of one look, whose payloads come along: at most some 10 MB as a rule. */
const MAX_KEYED_ROWS = 8;

const DONE: Outcome<void> = { ok: true, value: undefined };

export interface RowsOptions {
  readonly database: Database;
  /** Told at every read. */
  readonly databaseClock: DatabaseClock;
  readonly clock?: Pick<Clock, 'monotonic' | 'sleep'>;
}

export function createRows(options: RowsOptions): Rows {
  const { database, databaseClock, clock = systemClock } = options;
  const small = { maxItems: MAX_ROWS, maxBytes: MAX_BYTES, bytesOf: () => 1, gatherMs: GATHER_MS };
  const retried = <Result>(work: (sql: Sql) => Promise<Result>): Promise<Result> => retryBusy(() => database.use(work), clock);

  /** One statement does the same to every row of the batch. */
  const changes = (change: (sql: Sql, jobIds: readonly string[]) => Promise<void>): Batch<string, void> =>
    new Batch<string, void>({
      ...small,
      concurrency: 2,
      run: async (jobIds) => {
        const outcomes = await changeApart(jobIds, (part) => database.use((sql) => change(sql, part)));
        return jobIds.map((jobId) => outcomes.get(jobId) ?? DONE);
      },
    });

  /** Rows whose result was too large when they were last read. */
  const large = new Set<string>();

  const readBatch = async (jobIds: readonly string[]): Promise<readonly Outcome<RowRead>[]> => {
    const answer = await retried((sql) => readRows(sql, [...new Set(jobIds)]));
    databaseClock.note(answer.now, clock.monotonic());
    return jobIds.map((jobId) => {
      const row = answer.rows.get(jobId);
      if (row instanceof OperatorError) return { ok: false, error: row };
      if (large.size >= MAX_LARGE_KNOWN) large.clear();
      if (row !== undefined && row.resultBytes > RESULT_LIMIT_BYTES) large.add(jobId);
      else large.delete(jobId);
      return { ok: true, value: { row: row ?? null, now: answer.now } };
    });
  };
  const reads = new Batch<string, RowRead>({ ...small, concurrency: 3, run: readBatch });
  const largeReads = new Batch<string, RowRead>({ ...small, maxItems: MAX_LARGE_ROWS, concurrency: 1, run: readBatch });

  const keyedReads = new Batch<string, RowRead>({
    ...small,
    maxItems: MAX_KEYED_ROWS,
    concurrency: 2,
    run: async (jobIds) => {
      const answer = await retried((sql) => readKeyedRows(sql, [...new Set(jobIds)]));
      databaseClock.note(answer.now, clock.monotonic());
      return jobIds.map((jobId) => keyedRead(answer, jobId));
    },
  });

  const insertBatch = (insertPart: (sql: Sql, terms: readonly string[]) => Promise<void>): Batch<InsertTerm, void> =>
    new Batch<InsertTerm, void>({
      maxItems: MAX_ROWS,
      maxBytes: MAX_BYTES,
      bytesOf: ({ term }) => Buffer.byteLength(term),
      concurrency: 2,
      gatherMs: GATHER_MS,
      run: (rows) => insertRowsApart(rows, retried, insertPart),
    });
  const inserts = insertBatch(insertRows);
  // Apart, so that a table of tombstones that was dropped fails keyed rows only.
  const keyedInserts = insertBatch(insertKeyedRows);

  const cancels = changes(cancelRows);
  const removals = changes(removeRows);

  const keyedRemovals = new Batch<string, void>({
    ...small,
    maxItems: KEYED_REMOVAL_ROWS,
    concurrency: 1,
    run: async (jobIds) => {
      await retryBusy(() => removeKeyedRows(database, jobIds, { name: 'remove', guard: IS_OLD_ENOUGH, isDoomed: () => true }), clock);
      return jobIds.map(() => DONE);
    },
  });

  const stamps = new Batch<Stamping, void>({
    ...small,
    concurrency: 2,
    run: async (items) => {
      // One statement per kind of stamp; as a rule, all Jobs of a moment share one or two TTLs.
      const groups = Map.groupBy(items, ({ stamp }) => JSON.stringify(stamp));
      const outcomes = new Map<Stamping, Outcome<void>>();
      for (const group of groups.values()) {
        for (const [item, outcome] of await stampGroup(database, group)) outcomes.set(item, outcome);
      }
      return items.map((item) => outcomes.get(item) ?? DONE);
    },
  });

  return {
    read: (jobId) => (large.has(jobId) ? largeReads : reads).submit(jobId),
    readKeyed: (jobId) => keyedReads.submit(jobId),
    insert: (row) => (row.keyed === true ? keyedInserts : inserts).submit({ jobId: row.jobId, term: insertTerm(row) }),
    cancel: (jobId) => cancels.submit(jobId),
    stampTtl: (jobId, stamp) => stamps.submit({ jobId, stamp }),
    remove: (jobId) => (isKeyedId(jobId) ? keyedRemovals : removals).submit(jobId),
  };
}

function keyedRead(answer: KeyedRowsRead, jobId: string): Outcome<RowRead> {
  const row = answer.rows.get(jobId);
  const tombstone = answer.tombstones.get(jobId);
  if (row instanceof OperatorError) return { ok: false, error: row };
  if (tombstone instanceof OperatorError) return { ok: false, error: tombstone };
  const payloadDigest = answer.payloadDigests.get(jobId);
  return {
    ok: true,
    value: {
      row: row ?? null,
      now: answer.now,
      ...(payloadDigest === undefined ? {} : { payloadDigest }),
      ...(tombstone === undefined ? {} : { tombstone }),
    },
  };
}

interface Stamping {
  readonly jobId: string;
  readonly stamp: TtlStamp;
}

/** All of them with the same stamp. A failure is theirs alone: those of another stamp go on. */
async function stampGroup(database: Database, group: readonly Stamping[]): Promise<ReadonlyMap<Stamping, Outcome<void>>> {
  const [first] = group;
  if (first === undefined) return new Map();
  try {
    const jobIds = group.map(({ jobId }) => jobId);
    const outcomes = await changeApart(jobIds, (part) => database.use((sql) => stampRows(sql, part, first.stamp)));
    return new Map(group.map((item) => [item, outcomes.get(item.jobId) ?? DONE]));
  } catch (error) {
    return new Map(group.map((item) => [item, { ok: false, error }]));
  }
}
