import { describe, expect, it } from '@jest/globals';
import { createMetrics, type Metrics } from '../../../src/telemetry/metrics.ts';

const clock = { time: 1_000_000, now: () => clock.time, monotonic: () => clock.time };

function create(): Metrics {
  return createMetrics({ clock, processMetrics: false });
}

/** The samples of one scrape: `name{labels}` to value. */
async function scrape(metrics: Metrics): Promise<ReadonlyMap<string, number>> {
  const lines = (await metrics.exposition.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
}

describe('before anything has happened', () => {
  it('every metric of the contract is there, at zero', async () => {
    const metrics = create();
    metrics.workQueue('job');
    metrics.reconciles('job', 32);
    metrics.leaderElection('jobs-operator');
    const samples = await scrape(metrics);
    const names = [
      'controller_runtime_reconcile_total{controller="job",result="success"}',
      'controller_runtime_reconcile_total{controller="job",result="requeue_after"}',
      'controller_runtime_reconcile_errors_total{controller="job"}',
      'controller_runtime_reconcile_time_seconds_count{controller="job"}',
      'controller_runtime_active_workers{controller="job"}',
      'workqueue_depth{name="job",controller="job"}',
      'workqueue_adds_total{name="job",controller="job"}',
      'workqueue_retries_total{name="job",controller="job"}',
      'workqueue_queue_duration_seconds_count{name="job",controller="job"}',
      'workqueue_work_duration_seconds_count{name="job",controller="job"}',
      'workqueue_unfinished_work_seconds{name="job",controller="job"}',
      'workqueue_longest_running_processor_seconds{name="job",controller="job"}',
      'rest_client_requests_total{code="200",method="PATCH"}',
      'rest_client_requests_total{code="<error>",method="GET"}',
      'leader_election_master_status{name="jobs-operator"}',
      'jobs_operator_jobs{type="clone",phase="Pending"}',
      'jobs_operator_jobs{type="delete",phase="None"}',
      'jobs_operator_row_changes_total',
      'jobs_operator_status_writes_total{reason="accepted"}',
      'jobs_operator_status_writes_total{reason="other"}',
      'jobs_operator_events_total{fate="sent"}',
      'jobs_operator_events_total{fate="overflow"}',
      'jobs_operator_row_to_status_seconds_count',
      'jobs_operator_feed_lag_seconds',
      'jobs_operator_feed_last_success_timestamp_seconds',
      'jobs_operator_feed_binlog',
      'jobs_operator_db_query_seconds_count{statement="read"}',
      'jobs_operator_db_up',
      'jobs_operator_rows_missing',
      'jobs_operator_oldest_job_age_seconds{type="clone",phase="None"}',
      'jobs_operator_oldest_job_age_seconds{type="delete",phase="Running"}',
      'jobs_operator_oldest_unshown_change_seconds',
      'jobs_operator_jobs_finished_total{type="restore",phase="Failed"}',
      'jobs_operator_ttl_due_timestamp_seconds',
      'jobs_operator_ttl_deleted_total',
      'jobs_operator_ttl_skipped{reason="unfinished"}',
      'jobs_operator_ttl_skipped{reason="not_shown"}',
      'jobs_operator_ttl_skipped{reason="foreign_grace"}',
      'jobs_operator_ttl_last_run_timestamp_seconds',
    ];
    expect(names.filter((name) => samples.get(name) !== 0)).toEqual([]);
    expect(samples.get('controller_runtime_max_concurrent_reconciles{controller="job"}')).toBe(32);
    const others = [...samples].filter(([name, value]) => value !== 0 && !name.startsWith('controller_runtime_max'));
    expect(others).toEqual([]);
  });

  it('those of the process are there, too', async () => {
    const samples = await scrape(createMetrics({ clock }));
    expect([...samples.keys()]).toEqual(expect.arrayContaining(['process_resident_memory_bytes', 'process_start_time_seconds']));
  });

  it('two instances in one process know nothing of each other', async () => {
    const [one, other] = [create(), create()];
    one.database.up(true);
    expect((await scrape(one)).get('jobs_operator_db_up')).toBe(1);
    expect((await scrape(other)).get('jobs_operator_db_up')).toBe(0);
  });
});

describe('the work queue', () => {
  it('counts what it is told, and reads its levels when scraped', async () => {
    const metrics = create();
    const queue = metrics.workQueue('job');
    const levels = { depth: 3, unfinished: () => ({ sumSeconds: 5, longestSeconds: 4 }) };
    queue.readLevelsFrom(levels);
    queue.observer.onAdd();
    queue.observer.onRetry();
    queue.observer.onGet(0.2);
    queue.observer.onDone(2);
    levels.depth = 7;
    const samples = await scrape(metrics);
    const of = (name: string): number | undefined => samples.get(`workqueue_${name}{name="job",controller="job"}`);
    expect([of('adds_total'), of('retries_total'), of('depth')]).toEqual([1, 1, 7]);
    expect([of('unfinished_work_seconds'), of('longest_running_processor_seconds')]).toEqual([5, 4]);
    expect([of('queue_duration_seconds_sum'), of('work_duration_seconds_sum')]).toEqual([0.2, 2]);
  });
});

describe('reconciles', () => {
  it('are counted by result, errors once more, and their workers read when scraped', async () => {
    const metrics = create();
    const reconciles = metrics.reconciles('job', 8);
    reconciles.readActiveWorkersFrom({ activeWorkers: 5 });
    reconciles.observer.onReconciled('success', 0.1);
    reconciles.observer.onReconciled('error', 0.2);
    const samples = await scrape(metrics);
    expect(samples.get('controller_runtime_reconcile_total{controller="job",result="success"}')).toBe(1);
    expect(samples.get('controller_runtime_reconcile_total{controller="job",result="error"}')).toBe(1);
    expect(samples.get('controller_runtime_reconcile_errors_total{controller="job"}')).toBe(1);
    expect(samples.get('controller_runtime_reconcile_time_seconds_count{controller="job"}')).toBe(2);
    expect(samples.get('controller_runtime_active_workers{controller="job"}')).toBe(5);
  });
});

describe('Jobs', () => {
  it('are counted at each scrape by type and phase, those without a phase included', async () => {
    const metrics = create();
    const jobs = [
      { spec: { type: 'clone' }, status: { phase: 'Running' } },
      { spec: { type: 'clone' }, status: { phase: 'Running' } },
      { spec: { type: 'delete' }, status: { phase: undefined } },
    ] as const;
    metrics.jobs.readFrom({ jobs: () => jobs, rowsMissing: () => 2 });
    const first = await scrape(metrics);
    expect(first.get('jobs_operator_jobs{type="clone",phase="Running"}')).toBe(2);
    expect(first.get('jobs_operator_jobs{type="delete",phase="None"}')).toBe(1);
    expect(first.get('jobs_operator_rows_missing')).toBe(2);
    metrics.jobs.readFrom({ jobs: () => [], rowsMissing: () => 0 });
    expect((await scrape(metrics)).get('jobs_operator_jobs{type="clone",phase="Running"}')).toBe(0);
  });
});

/** RFC 3339, so many seconds before now. */
const ago = (seconds: number): string => `${new Date(clock.time - seconds * 1000).toISOString().slice(0, 19)}Z`;

const job = (type: 'clone' | 'delete', phase: 'Pending' | 'Running' | 'Completed' | undefined, times: { created: number; row?: number; started?: number }, stalled = false) => ({
  creationTimestamp: ago(times.created),
  spec: { type },
  status: {
    phase,
    createdAt: times.row === undefined ? undefined : ago(times.row),
    startedAt: times.started === undefined ? undefined : ago(times.started),
    conditions: stalled ? [{ type: 'Stalled', status: 'True' as const }] : [{ type: 'Ready', status: 'False' as const }],
  },
});

describe('Jobs that wait', () => {
  it('are told by the age of the oldest: since it was created, since its row was, since it started', async () => {
    const metrics = create();
    const jobs = [
      job('clone', undefined, { created: 30 }),
      job('clone', 'Pending', { created: 100, row: 60 }),
      job('clone', 'Pending', { created: 100, row: 90 }),
      job('delete', 'Running', { created: 900, row: 800, started: 700 }),
      job('delete', 'Completed', { created: 5000, row: 5000, started: 5000 }),
    ];
    metrics.readWaitingFrom({ jobs: () => jobs, oldestChangeFoundAt: () => clock.time - 4000 });
    const samples = await scrape(metrics);
    const age = (type: string, phase: string): number | undefined => samples.get(`jobs_operator_oldest_job_age_seconds{type="${type}",phase="${phase}"}`);
    expect([age('clone', 'None'), age('clone', 'Pending'), age('clone', 'Running'), age('delete', 'Running')]).toEqual([30, 90, 0, 700]);
    expect(samples.get('jobs_operator_oldest_unshown_change_seconds')).toBe(4);
  });

  it('do not count when they wait for a person', async () => {
    const metrics = create();
    metrics.readWaitingFrom({ jobs: () => [job('clone', undefined, { created: 30 }, true), job('clone', 'Pending', { created: 9, row: 9 }, true)], oldestChangeFoundAt: () => undefined });
    const samples = await scrape(metrics);
    expect([...samples].filter(([name, value]) => name.startsWith('jobs_operator_oldest') && value !== 0)).toEqual([]);
  });
});

describe('the ends of Jobs', () => {
  it('are counted by type and phase when they are shown, and not when something else is', async () => {
    const metrics = create();
    metrics.status.statusWritten('finished', { spec: { type: 'restore' }, status: { phase: 'Failed' } });
    metrics.status.statusWritten('other', { spec: { type: 'restore' }, status: { phase: 'Failed' } });
    metrics.status.statusWritten('accepted', { spec: { type: 'clone' }, status: { phase: 'Completed' } });
    const samples = await scrape(metrics);
    const counted = [...samples].filter(([name, value]) => name.startsWith('jobs_operator_jobs_finished_total') && value !== 0);
    expect(counted).toEqual([['jobs_operator_jobs_finished_total{type="restore",phase="Failed"}', 1]]);
  });
});

describe('the API server and the database', () => {
  it('are counted by answer and by statement', async () => {
    const metrics = create();
    metrics.restClient.attempted({ method: 'PATCH', code: '409' });
    metrics.restClient.attempted({ method: 'GET', code: '<error>' });
    metrics.database.statement('read', 0.004, undefined);
    metrics.database.up(true);
    metrics.status.statusWritten('progress', { spec: { type: 'clone' }, status: { phase: 'Running' } });
    metrics.status.rowShown(0.15);
    metrics.leaderElection('lease').leading(true);
    const samples = await scrape(metrics);
    expect(samples.get('rest_client_requests_total{code="409",method="PATCH"}')).toBe(1);
    expect(samples.get('rest_client_requests_total{code="<error>",method="GET"}')).toBe(1);
    expect(samples.get('jobs_operator_db_query_seconds_bucket{le="0.005",statement="read"}')).toBe(1);
    expect(samples.get('jobs_operator_db_up')).toBe(1);
    expect(samples.get('jobs_operator_status_writes_total{reason="progress"}')).toBe(1);
    expect(samples.get('jobs_operator_row_to_status_seconds_sum')).toBe(0.15);
    expect(samples.get('leader_election_master_status{name="lease"}')).toBe(1);
  });
});

describe('the feed', () => {
  it('lags as it says, and by the age of its last good look when the next ones fail', async () => {
    const metrics = create();
    metrics.feed.looked(0.3);
    expect((await scrape(metrics)).get('jobs_operator_feed_lag_seconds')).toBe(0.3);
    metrics.feed.rowsChanged(3);
    clock.time += 2500;
    const samples = await scrape(metrics);
    expect(samples.get('jobs_operator_feed_lag_seconds')).toBe(2.5);
    expect(samples.get('jobs_operator_feed_last_success_timestamp_seconds')).toBe((clock.time - 2500) / 1000);
    expect(samples.get('jobs_operator_row_changes_total')).toBe(3);
  });
});

describe('the sweep', () => {
  const report = { deleted: 10, unfinished: 1, notShown: 2, foreignGrace: 3, dryRun: false };

  it('adds what it removes, and shows what the last run left', async () => {
    const metrics = create();
    metrics.sweep.removed(8);
    metrics.sweep.removed(12);
    metrics.sweep.swept(report);
    metrics.sweep.swept({ ...report, notShown: 0 });
    metrics.sweep.due(60);
    const samples = await scrape(metrics);
    expect(samples.get('jobs_operator_ttl_deleted_total')).toBe(20);
    expect(samples.get('jobs_operator_ttl_skipped{reason="unfinished"}')).toBe(1);
    expect(samples.get('jobs_operator_ttl_skipped{reason="not_shown"}')).toBe(0);
    expect(samples.get('jobs_operator_ttl_skipped{reason="foreign_grace"}')).toBe(3);
    expect(samples.get('jobs_operator_ttl_last_run_timestamp_seconds')).toBe(clock.time / 1000);
    expect(samples.get('jobs_operator_ttl_due_timestamp_seconds')).toBe(clock.time / 1000 + 60);
  });
});
