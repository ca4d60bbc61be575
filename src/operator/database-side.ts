/** The database's side of the operator: connections, rows, the change feed, and whether any of it can be used now. */
import type { Config } from '../config.ts';
import type { Availability as Usable, FreshRow } from '../controllers/ports.ts';
import { Availability } from '../database/availability.ts';
import type { ChangeKind, Watched } from '../database/change-feed.ts';
import { createDatabaseClock } from '../database/database-clock.ts';
import type { DatabaseClock } from '../database/database-clock.ts';
import { openDatabase } from '../database/database.ts';
import type { Database } from '../database/database.ts';
import { feedSource } from '../database/feed-source.ts';
import { FreshRows } from '../database/fresh-rows.ts';
import { PollFeed } from '../database/poll-feed.ts';
import { createConnector } from '../database/pool.ts';
import type { Connector } from '../database/pool.ts';
import { createRows } from '../database/rows.ts';
import type { Rows } from '../database/rows.ts';
import { prepareSchema } from '../database/schema.ts';
import { hasTombstones } from '../database/shape.ts';
import type { Clock } from '../engine/clock.ts';
import { aborted } from '../engine/until-aborted.ts';
import { OperatorError } from '../errors.ts';
import type { KeySupport } from '../job/identity.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** The table of tombstones can be made while the operator runs. */
const TOMBSTONES_CHECK_MS = 10_000;

export interface DatabaseSideParts {
  readonly config: Config;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The rows that the feed looks after. */
  readonly watched: Watched;
  readonly onChange: (jobId: string, change: ChangeKind) => void;
  /** It can be used, for the first time or again. */
  readonly onUsable: () => void;
}

export interface DatabaseSide {
  readonly database: Database;
  readonly databaseTime: DatabaseClock;
  readonly rows: Rows;
  /** The row as the feed has just read it, once; `FreshRows.take` says when there is one. */
  readonly freshRow: FreshRow;
  /** Down as well until the table was looked at: one that does not fit is as good as none. */
  readonly usable: Usable;
  /** Resolves when the database was tried for the first time, whatever came of it. */
  readonly tried: Promise<void>;
  /** Its table was found, and fits. */
  reached(): boolean;
  /** Monotonic milliseconds at which the feed last ended a look, well or not; undefined before the first of a term, and between terms. */
  lastTurn(): number | undefined;
  /** What keyed identities can rest on. */
  readonly keys: () => KeySupport;
  /** Waits for the database, and makes and checks the table; then looks now and then for that of tombstones. @throws TABLE_MISMATCH */
  prepare(signal: AbortSignal): Promise<void>;
  /** Looks for changes in the database until the term's signal aborts. */
  follow(term: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export function createDatabaseSide(parts: DatabaseSideParts): DatabaseSide {
  const { config, metrics, clock, logger, watched, onChange, onUsable } = parts;
  const tried = Promise.withResolvers<void>();
  const ready = Promise.withResolvers<void>();
  let reached = false;
  let lastTurn: number | undefined;
  let failedLooks = 0;
  let tombstones: boolean | undefined;

  const availability = new Availability({
    onUp() {
      logger.info({}, 'the database answers');
      metrics.database.up(true);
      if (!reached) return;
      ready.resolve();
      onUsable();
    },
    onDown(error) {
      logger.warn({ error }, 'the database is away; work waits for it');
      metrics.database.up(false);
    },
  });
  const database = openDatabase(config.database, {
    statement(name, seconds, error) {
      metrics.database.statement(name, seconds, error);
      const endedAt = clock.monotonic();
      availability.note(error, { startedAt: endedAt - seconds * 1000, endedAt });
    },
  });
  const databaseTime = createDatabaseClock();
  const fresh = new FreshRows({ watched, databaseClock: databaseTime, clock });
  const feed = new PollFeed({
    source: feedSource(database),
    watched,
    fresh,
    onChange,
    databaseClock: databaseTime,
    clock,
    observer: {
      looked(lagSeconds) {
        failedLooks = 0;
        lastTurn = clock.monotonic();
        metrics.feed.looked(lagSeconds);
      },
      failed(error, retryMs) {
        lastTurn = clock.monotonic();
        failedLooks += 1;
        // An outage of an hour is more than a thousand looks.
        const loud = (failedLooks & (failedLooks - 1)) === 0;
        logger[loud ? 'warn' : 'debug']({ error, attempt: failedLooks, retryMs: Math.round(retryMs) }, 'the change feed could not look');
      },
    },
    intervalMs: config.feed.intervalMs,
  });

  const connect = config.feed.kind === 'binlog' ? createConnector(config.database) : undefined;
  /** Until the term ends; the module is loaded only where it is used. */
  const followBinlog = async (connector: Connector, term: AbortSignal): Promise<void> => {
    const { runBinlogHints } = await import('../database/binlog/binlog-hints.ts');
    await runBinlogHints(
      {
        connect: connector,
        timeoutMs: config.database.timeouts.connectMs,
        clock,
        onChange({ jobIds, hasMore }) {
          feed.hint(jobIds);
          if (hasMore) feed.lookNow();
        },
        onLive(isLive) {
          metrics.feed.binlog(isLive);
          feed.relax(isLive);
          if (isLive) logger.info({}, 'the binary log is followed; looking goes on underneath');
        },
        onLost: (error, retryMs) => logger.warn({ error, retryMs: Math.round(retryMs) }, 'the binary log is not followed; changed rows are looked for as without it'),
      },
      term,
    );
  };

  /** Only a cluster with a name has keyed Jobs. A failed look says nothing, and the feed tells of outages. */
  const lookForTombstones = async (): Promise<void> => {
    if (config.clusterName === undefined) return;
    try {
      tombstones = await database.use(hasTombstones);
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      logger.debug({ error }, 'the table of tombstones could not be looked for');
    }
  };

  const watchTombstones = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      await clock.sleep(TOMBSTONES_CHECK_MS, signal);
      if (!signal.aborted) await lookForTombstones();
    }
  };

  return {
    database,
    databaseTime,
    rows: createRows({ database, databaseClock: databaseTime, clock }),
    freshRow: (jobId, knownAt) => fresh.take(jobId, knownAt),
    usable: { isDown: () => !reached || availability.isDown() },
    tried: tried.promise,
    reached: () => reached,
    lastTurn: () => lastTurn,
    keys: () => ({ clusterName: config.clusterName, tombstones }),
    async prepare(signal) {
      const prepared = await prepareSchema(
        {
          database,
          settings: config.database,
          mode: config.migrate,
          clock,
          onTrouble(error, retryMs) {
            tried.resolve();
            logger.warn({ error, retryMs: Math.round(retryMs) }, 'the database cannot be used yet');
          },
          onMigrated: (statements) => logger.info({ statements: statements.length }, 'the database was migrated'),
        },
        signal,
      );
      if (!prepared) return;
      // Before anything is read: a keyed Job that is decided on without knowing waits until it is looked at again.
      await lookForTombstones();
      reached = true;
      ready.resolve();
      onUsable();
      tried.resolve();
      await watchTombstones(signal);
    },
    async follow(term) {
      lastTurn = undefined;
      // Between terms hardly anybody asks.
      availability.forget(clock.monotonic());
      // A term that begins before the table was looked at waits for that.
      await Promise.race([ready.promise, aborted(term)]);
      if (!term.aborted) await Promise.all([feed.run(term), connect === undefined ? undefined : followBinlog(connect, term)]);
      lastTurn = undefined;
    },
    close: () => database.close(),
  };
}
