/**
 * The operator: what there is, in which order it starts, and what stops it. The one place that knows all parts.
 *
 * The API server and the database may both be away when it starts, and may go away at any time: each side has a
 * loop that waits for it, and the other side's work goes on as far as it can.
 */
import { hostname } from 'node:os';
import type { Config } from './config.ts';
import { logFailure, verdictOn } from './controllers/error-policy.ts';
import { JobCache } from './controllers/job-cache.ts';
import { JobController } from './controllers/job-controller.ts';
import { createJobEvents } from './controllers/job-events.ts';
import { createJobReflector } from './controllers/job-reflector.ts';
import { Performer } from './controllers/performer.ts';
import type { Availability as DatabaseAvailability } from './controllers/ports.ts';
import { PRIORITY, priorityOfJob, priorityOfRow } from './controllers/priority.ts';
import { runSweepLoop } from './controllers/sweep-loop.ts';
import { TtlSweeper } from './controllers/ttl-sweeper.ts';
import { VanishedRows } from './controllers/vanished-rows.ts';
import { Availability } from './database/availability.ts';
import { createDatabaseClock } from './database/database-clock.ts';
import { openDatabase } from './database/database.ts';
import { createExpiredRows } from './database/expired-rows.ts';
import { feedSource } from './database/feed-source.ts';
import { PollFeed } from './database/poll-feed.ts';
import { createRows } from './database/rows.ts';
import { prepareSchema } from './database/schema.ts';
import { systemClock } from './engine/clock.ts';
import { Controller } from './engine/controller.ts';
import { WorkQueue } from './engine/work-queue.ts';
import { findClusterAccess } from './kubernetes/cluster-access.ts';
import { createEventSink } from './kubernetes/event-sink.ts';
import { createJobClient } from './kubernetes/job-client.ts';
import { createJobCollection } from './kubernetes/job-collection.ts';
import { createTransport } from './kubernetes/transport.ts';
import { HealthServer } from './telemetry/health-server.ts';
import type { Logger } from './telemetry/logger.ts';
import { createMetrics } from './telemetry/metrics.ts';

const CONTROLLER = 'job';
/** Enough to fill batches of rows and the connections to the API server; a reconcile is almost only waiting. */
const WORKERS = 64;
/** A reconcile has some ten round trips, each with a time-out of its own. */
const RECONCILE_TIMEOUT_MS = 120_000;
/** A loop that has not turned for this long hangs: longer than every time-out in it. */
const HANGS_AFTER_MS = 300_000;
/** Of the 20 s that a stop may take. */
const STOP_RECONCILES_MS = 12_000;
const STOP_EVENTS_MS = 2_000;

/**
 * Runs until `signal` aborts and what was under way has ended.
 *
 * @throws OperatorError when it cannot start (TABLE_MISMATCH, CONFIG_INVALID, HTTP_PORT_UNAVAILABLE)
 */
export async function runOperator(config: Config, signal: AbortSignal, logger: Logger): Promise<void> {
  const clock = systemClock;
  const metrics = createMetrics({ clock });
  const access = await findClusterAccess(config.access);
  const transport = createTransport(access, { observe: (outcome) => metrics.restClient.attempted(outcome) });
  logger.info({ server: access.server, source: access.source }, 'cluster found');

  // The database's side.
  const availability = new Availability({
    onUp() {
      logger.info({}, 'the database answers');
      metrics.database.up(true);
      controller.unpark();
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
  const rows = createRows({ database, databaseClock: databaseTime, clock });
  let reached = false;
  // A table that was not looked at yet is as good as none.
  const usable: DatabaseAvailability = { isDown: () => !reached || availability.isDown() };

  // What is known, and what is to be looked at.
  const queueMetrics = metrics.workQueue(CONTROLLER);
  const queue = new WorkQueue<string>({ clock, observer: queueMetrics.observer });
  queueMetrics.readLevelsFrom(queue);
  const cache = new JobCache({
    changed: (job, _before, initial) => queue.add(job.uid, { priority: priorityOfJob(job, initial) }),
    removed: (entry) => vanished.explained(entry),
  });
  const vanished = new VanishedRows(cache, (missing, accepted) =>
    logger.error({ missing, accepted }, 'very many rows are gone at once: is this the right database? Nothing is written about them until they are back'),
  );
  metrics.jobs.readFrom({
    *jobs() {
      for (const { job } of cache.entries()) yield job;
    },
    rowsMissing: () => vanished.count,
  });

  // The loop of one Job.
  const cut = new AbortController();
  const events = createJobEvents({ sink: createEventSink(transport), instance: hostname(), clock, logger });
  const performer = new Performer({
    cache,
    jobs: createJobClient(transport, cut.signal),
    rows,
    databaseTime,
    availability: usable,
    events,
    observer: metrics.status,
    clock,
  });
  const jobController = new JobController({
    cache,
    rows,
    availability: usable,
    performer,
    vanished,
    clock,
    logger,
    settings: { defaultTtlSeconds: config.ttl.defaultSeconds, progressIntervalMs: config.progressIntervalMs },
  });
  const reconcileMetrics = metrics.reconciles(CONTROLLER, WORKERS);
  const controller = new Controller<string>({
    queue,
    clock,
    workers: WORKERS,
    timeoutMs: RECONCILE_TIMEOUT_MS,
    reconcile: (uid, context) => jobController.reconcile(uid, context),
    onError(error, uid, context) {
      const verdict = verdictOn(error, usable);
      logFailure(error, uid, verdict, context, { cache, logger });
      return verdict;
    },
    onDefect: (error) => logger.error({ error }, 'a defect in the controller'),
    observer: reconcileMetrics.observer,
  });
  reconcileMetrics.readActiveWorkersFrom(controller);

  // The API server's side.
  const { namespaces, labelSelector } = config.watch;
  const scopes = namespaces.length === 0 ? [undefined] : namespaces;
  const collections = scopes.map((namespace) => ({
    namespace,
    jobs: createJobCollection(transport, { namespace, labelSelector }, (error) => logger.error({ error, namespace }, 'a Job cannot be understood and is left out')),
  }));
  const reflectors = collections.map(({ namespace, jobs }) => createJobReflector({ listWatch: jobs, cache, namespace, clock, logger }));
  const synced = (): boolean => reflectors.every((reflector) => reflector.hasSynced());

  // Changed rows, expired rows.
  const heartbeat = { feed: clock.monotonic() };
  const databaseTried = Promise.withResolvers<void>();
  const feed = new PollFeed({
    source: feedSource(database),
    watched: { unfinished: () => cache.unfinished(), all: () => cache.accepted(), fingerprintOf: (jobId) => cache.fingerprintOf(jobId) },
    onChange(jobId, change) {
      metrics.feed.rowsChanged(1);
      for (const entry of cache.ofRow(jobId)) {
        entry.changeFoundAt ??= clock.monotonic();
        queue.add(entry.job.uid, { priority: priorityOfRow(change) });
      }
    },
    databaseClock: databaseTime,
    clock,
    observer: {
      looked(lagSeconds) {
        heartbeat.feed = clock.monotonic();
        databaseTried.resolve();
        metrics.feed.looked(lagSeconds);
      },
      failed(error, retryMs) {
        heartbeat.feed = clock.monotonic();
        logger.warn({ error, retryMs: Math.round(retryMs) }, 'the change feed could not look');
      },
    },
    intervalMs: config.feed.intervalMs,
  });
  const sweeper = new TtlSweeper({
    cache,
    rows: createExpiredRows(database, clock),
    async listLive() {
      const lists = await Promise.all(collections.map(({ jobs }) => jobs.snapshot(signal)));
      return new Map(lists.flatMap((list) => [...list]));
    },
    databaseTime,
    clock,
    enqueue: (uid) => queue.add(uid, { priority: PRIORITY.finished }),
    settings: {
      batch: config.ttl.sweepBatch,
      dryRun: config.ttl.dryRun,
      foreignGraceSeconds: config.ttl.foreignGraceSeconds,
      defaultTtlSeconds: config.ttl.defaultSeconds,
    },
  });

  const health = new HealthServer({
    settings: config.http,
    exposition: metrics.exposition,
    alive: {
      controller: () => (clock.monotonic() - controller.lastTurn() < HANGS_AFTER_MS ? undefined : 'no worker has been free for minutes'),
      feed: () => (!reached || clock.monotonic() - heartbeat.feed < HANGS_AFTER_MS ? undefined : 'the change feed has not looked for minutes'),
    },
    ready: {
      cache: () => (synced() ? undefined : 'the Jobs are not listed yet'),
      database: () => (reached ? undefined : 'the database has not been reached yet'),
    },
    logger,
  });

  /** Waits for the database, then looks for changes in it until the end. */
  const databaseLoop = async (): Promise<void> => {
    const ready = await prepareSchema(
      {
        database,
        settings: config.database,
        mode: config.migrate,
        clock,
        onTrouble(error, retryMs) {
          databaseTried.resolve();
          logger.warn({ error, retryMs: Math.round(retryMs) }, 'the database cannot be used yet');
        },
        onMigrated: (statements) => logger.info({ statements: statements.length }, 'the table was made'),
      },
      signal,
    );
    if (!ready) return;
    reached = true;
    heartbeat.feed = clock.monotonic();
    await feed.run(signal);
  };
  const sweepLoop = (): Promise<void> =>
    runSweepLoop(
      {
        sweeper,
        obstacle() {
          if (!synced()) return 'the Jobs are not listed yet';
          if (usable.isDown()) return 'the database is away';
          return vanished.isMassLoss() ? 'very many rows are gone' : undefined;
        },
        intervalSeconds: config.ttl.sweepIntervalSeconds,
        clock,
        observer: metrics.sweep,
        logger,
      },
      signal,
    );

  const stop = async (): Promise<void> => {
    const cutOff = await controller.stop(STOP_RECONCILES_MS);
    if (cutOff.length > 0) logger.warn({ count: cutOff.length }, 'reconciles did not end in time and are cut off');
    cut.abort();
    await events.stop(STOP_EVENTS_MS);
    await transport.close();
    await database.close();
    await health.stop();
  };

  try {
    await health.start();
    const loops = [databaseLoop(), sweepLoop(), ...reflectors.map((reflector) => reflector.run(signal))];
    // Before the database was tried once, nobody can say whether a deletion has to wait for it.
    void databaseTried.promise.then(() => {
      if (!signal.aborted) controller.start(signal);
    });
    await Promise.all(loops);
  } finally {
    await stop();
  }
}
