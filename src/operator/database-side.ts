/** The database's side of the operator: connections, rows, the change feed, and whether any of it can be used now. */
import type { Config } from '../config.ts';
import type { Availability as Usable } from '../controllers/ports.ts';
import { Availability } from '../database/availability.ts';
import type { ChangeKind, Watched } from '../database/change-feed.ts';
import { createDatabaseClock } from '../database/database-clock.ts';
import type { DatabaseClock } from '../database/database-clock.ts';
import { openDatabase } from '../database/database.ts';
import type { Database } from '../database/database.ts';
import { feedSource } from '../database/feed-source.ts';
import { PollFeed } from '../database/poll-feed.ts';
import { createRows } from '../database/rows.ts';
import type { Rows } from '../database/rows.ts';
import { prepareSchema } from '../database/schema.ts';
import type { Clock } from '../engine/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';

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
  /** Down as well until the table was looked at: one that does not fit is as good as none. */
  readonly usable: Usable;
  /** Resolves when the database was tried for the first time, whatever came of it. */
  readonly tried: Promise<void>;
  /** Its table was found, and fits. */
  reached(): boolean;
  /** Monotonic milliseconds at which the feed last ended a look, well or not; undefined before the first. */
  lastTurn(): number | undefined;
  /** Waits for the database, then looks for changes in it until the signal aborts. @throws TABLE_MISMATCH */
  run(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export function createDatabaseSide(parts: DatabaseSideParts): DatabaseSide {
  const { config, metrics, clock, logger, watched, onChange, onUsable } = parts;
  const tried = Promise.withResolvers<void>();
  let reached = false;
  let lastTurn: number | undefined;

  const availability = new Availability({
    onUp() {
      logger.info({}, 'the database answers');
      metrics.database.up(true);
      if (reached) onUsable();
    },
    onDown(error) {
      logger.warn({ error }, 'the database is away; work waits for it');
      metrics.database.up(false);
    },
  });
  const database = openDatabase(config.database, {
    statement(name, seconds, error) {
      metrics.database.statement(name, seconds, error);
      availability.note(error);
    },
  });
  const databaseTime = createDatabaseClock();
  const feed = new PollFeed({
    source: feedSource(database),
    watched,
    onChange,
    databaseClock: databaseTime,
    clock,
    observer: {
      looked(lagSeconds) {
        lastTurn = clock.monotonic();
        metrics.feed.looked(lagSeconds);
      },
      failed(error, retryMs) {
        lastTurn = clock.monotonic();
        logger.warn({ error, retryMs: Math.round(retryMs) }, 'the change feed could not look');
      },
    },
    intervalMs: config.feed.intervalMs,
  });

  return {
    database,
    databaseTime,
    rows: createRows({ database, databaseClock: databaseTime, clock }),
    usable: { isDown: () => !reached || availability.isDown() },
    tried: tried.promise,
    reached: () => reached,
    lastTurn: () => lastTurn,
    async run(signal) {
      reached = await prepareSchema(
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
      tried.resolve();
      if (!reached) return;
      onUsable();
      await feed.run(signal);
    },
    close: () => database.close(),
  };
}
