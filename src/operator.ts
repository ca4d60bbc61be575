/**
 * The operator: what there is, in which order it starts, and what stops it. The one place that knows all parts.
 *
 * The API server and the database may both be away when it starts, and may go away at any time: each side has a
 * loop that waits for it, and the other side's work goes on as far as it can.
 */
import type { Config } from './config.ts';
import { logFailure, tellRefusal, verdictOn } from './controllers/error-policy.ts';
import { DepartedJobs } from './controllers/departed-jobs.ts';
import { JobCache } from './controllers/job-cache.ts';
import { JobController } from './controllers/job-controller.ts';
import { Performer } from './controllers/performer.ts';
import { PRIORITY, priorityOfJob, priorityOfRow } from './controllers/priority.ts';
import { runSweepLoop } from './controllers/sweep-loop.ts';
import { TtlSweeper } from './controllers/ttl-sweeper.ts';
import { VanishedRows } from './controllers/vanished-rows.ts';
import { createExpiredRows } from './database/expired-rows.ts';
import { systemClock } from './engine/clock.ts';
import { Controller } from './engine/controller.ts';
import { aborted } from './engine/until-aborted.ts';
import { WorkQueue } from './engine/work-queue.ts';
import { findClusterAccess } from './kubernetes/cluster-access.ts';
import { Reachability, versionProbe } from './kubernetes/reachability.ts';
import { createTransport } from './kubernetes/transport.ts';
import type { AttemptOutcome } from './kubernetes/transport.ts';
import { createClusterSide } from './operator/cluster-side.ts';
import { createDatabaseSide } from './operator/database-side.ts';
import { createLeadership } from './operator/leadership.ts';
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
/** Of the 20 s that a stop may take; what then still waits for an answer is cut off. */
const STOP_RECONCILES_MS = 8_000;
const STOP_LOOPS_MS = 1_000;
/** Both of these, and the release of the Lease. */
const STOP_WORK_MS = 12_500;
const STOP_EVENTS_MS = 2_000;

/**
 * Runs until `stopSignal` aborts and what was under way has ended.
 *
 * @throws OperatorError when it cannot work at all (TABLE_MISMATCH, CONFIG_INVALID, HTTP_PORT_UNAVAILABLE)
 */
export async function runOperator(config: Config, stopSignal: AbortSignal, logger: Logger): Promise<void> {
  const clock = systemClock;
  const metrics = createMetrics({ clock });
  const access = await findClusterAccess(config.access);
  const observe = (outcome: AttemptOutcome): void => {
    metrics.restClient.attempted(outcome);
    reachability.note(outcome);
  };
  const transport = createTransport(access, { observe });
  const reachability = new Reachability({
    clock,
    probe: versionProbe(transport),
    onAway: (error) => logger.warn({ error }, 'the API server is away, or does not know us; work waits for it'),
    onReturn(absence) {
      if (absence.told) logger.info({}, 'the API server answers again');
      cluster.serverReturned(absence);
      controller.unpark();
    },
  });
  logger.info({ server: access.server, source: access.source }, 'cluster found');
  const leadership = createLeadership({ settings: config.leaderElection, access, observe, metrics, clock, logger });
  const failed = new AbortController();
  const cut = new AbortController();
  const signal = AbortSignal.any([stopSignal, failed.signal]);

  // What is to be looked at, and what is known of it.
  const queueMetrics = metrics.workQueue(CONTROLLER);
  const queue = new WorkQueue<string>({ clock, observer: queueMetrics.observer });
  queueMetrics.readLevelsFrom(queue);
  const cache = new JobCache({
    changed: (job, _before, initial) => queue.add(job.uid, { priority: priorityOfJob(job, initial) }),
    removed: (entry) => vanished.explained(entry),
  });
  const vanished = new VanishedRows(cache, (missing, accepted) =>
    logger.error({ missing, accepted }, 'very many rows are gone at once; is this the right database? Nothing is written about them until they are back'),
  );
  metrics.jobs.readFrom({ jobs: () => cache.jobs(), rowsMissing: () => vanished.count });
  metrics.readWaitingFrom({ jobs: () => cache.jobs(), oldestChangeFoundAt: () => cache.oldestChangeFoundAt() });

  // The two sides, and the loop of one Job between them.
  const cluster = createClusterSide({ transport, watch: config.watch, cache, onDeleted: (job) => departed.note(job), clock, logger, events: metrics.events, cut: cut.signal });
  const database = createDatabaseSide({
    config,
    metrics,
    clock,
    logger,
    watched: cache,
    onChange(jobId, change) {
      metrics.feed.rowsChanged(1);
      for (const entry of cache.ofRow(jobId)) {
        entry.changeFoundAt ??= clock.monotonic();
        queue.add(entry.job.uid, { priority: priorityOfRow(change) });
      }
    },
    onUsable: () => controller.unpark(),
  });
  const { rows, freshRow, databaseTime, usable, keys } = database;
  const performer = new Performer({
    cache,
    jobs: cluster.jobs,
    rows,
    keys,
    isLeading: () => leadership.isLeading(),
    databaseTime,
    availability: usable,
    events: cluster.events,
    observer: metrics.status,
    clock,
  });
  const departed = new DepartedJobs({
    jobs: cluster.jobs,
    rows,
    keys,
    availability: usable,
    perform: (action, job) => performer.performOnRow(action, job),
    clock,
    logger,
    defaultTtlSeconds: config.ttl.defaultSeconds,
    enqueue: (uid) => queue.add(uid, { priority: PRIORITY.finished }),
  });
  const jobController = new JobController({
    cache,
    rows,
    freshRow,
    keys,
    availability: usable,
    performer,
    vanished,
    departed,
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
      const verdict = verdictOn(error, { database: usable, apiServer: reachability });
      logFailure(error, uid, verdict, context, { cache, logger });
      tellRefusal(error, uid, context, { cache, events: cluster.events });
      return verdict;
    },
    onDefect: (error) => logger.error({ error }, 'a defect in the controller'),
    observer: reconcileMetrics.observer,
  });
  reconcileMetrics.readActiveWorkersFrom(controller);

  const expired = createExpiredRows(database.database, clock);
  const sweepLoop = (term: AbortSignal): Promise<void> =>
    runSweepLoop(
      {
        sweeper: new TtlSweeper({
          cache,
          rows: expired,
          listLive: () => cluster.listLive(),
          databaseTime,
          clock,
          enqueue: (uid) => queue.add(uid, { priority: PRIORITY.swept }),
          settings: {
            batch: config.ttl.sweepBatch,
            dryRun: config.ttl.dryRun,
            foreignGraceSeconds: config.ttl.foreignGraceSeconds,
            defaultTtlSeconds: config.ttl.defaultSeconds,
            clusterName: config.clusterName,
          },
        }),
        obstacle() {
          if (!cluster.synced()) return 'the Jobs are not listed yet';
          if (usable.isDown()) return 'the database is away';
          return vanished.isMassLoss() ? 'very many rows are gone' : undefined;
        },
        purge: () => expired.purgeTombstones(config.ttl.tombstoneDays),
        intervalSeconds: config.ttl.sweepIntervalSeconds,
        clock,
        observer: metrics.sweep,
        logger,
      },
      term,
    );

  const turns = (lastTurn: number | undefined): boolean => lastTurn === undefined || clock.monotonic() - lastTurn < HANGS_AFTER_MS;
  const health = new HealthServer({
    settings: config.http,
    exposition: metrics.exposition,
    alive: {
      controller: () => (turns(controller.lastTurn()) ? undefined : 'no worker has been free for minutes'),
      feed: () => (turns(database.lastTurn()) ? undefined : 'the change feed has not looked for minutes'),
    },
    ready: {
      cache: () => (cluster.synced() ? undefined : 'the Jobs are not listed yet'),
      database: () => (database.reached() ? undefined : 'the database has not been reached yet'),
    },
    logger,
  });

  /** The work of one term of leadership. Caches are kept by all processes, so that a standby can begin at once. */
  const lead = async (term: AbortSignal): Promise<void> => {
    cache.forget();
    departed.forget();
    for (const uid of cache.uids()) queue.add(uid, { priority: PRIORITY.list });
    const loops = Promise.all([database.follow(term), sweepLoop(term)]);
    // A deletion waits for a database that is away, so nothing is decided before it was tried once.
    await Promise.race([loops, database.tried, aborted(term)]);
    // A reconcile of an earlier term may still wait for an answer.
    while (!term.aborted && (await controller.stop(1_000)).length > 0);
    if (!term.aborted) controller.start(term);
    try {
      await Promise.race([loops, aborted(term)]);
    } finally {
      // After a stop, what is under way is finished; after a lost Lease it is cut short.
      const unfinished = await controller.stop(STOP_RECONCILES_MS, signal.aborted ? {} : { abortAfterMs: 0 });
      if (unfinished.length > 0) logger.warn({ count: unfinished.length }, 'reconciles did not end in time and are cut off');
      await Promise.race([loops.catch(() => undefined), clock.sleep(STOP_LOOPS_MS)]);
    }
  };

  await health.start();
  const work = Promise.all([cluster.run(signal), reachability.run(signal), database.prepare(signal), leadership.run(signal, lead)]);
  try {
    await Promise.race([work, aborted(signal)]);
  } finally {
    // A loop that failed takes the others along.
    failed.abort();
    await Promise.race([work.catch(() => undefined), clock.sleep(STOP_WORK_MS)]);
    queue.shutDown();
    await cluster.events.stop(STOP_EVENTS_MS);
    cut.abort();
    await Promise.all([transport.close(), database.close()]);
    await health.stop();
  }
}
