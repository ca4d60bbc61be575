import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import { rowIdOf } from '../support/jobs.ts';
import type { Labels } from '../../../dev/metrics.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const stack = useStack();
let scene: Scene;

beforeAll(async () => {
  scene = await openScene(stack);
}, SETUP_TIMEOUT_MS);

/** The contract's section 7: name, type, and labels that are there from the start. */
const METRICS: readonly (readonly [name: string, type: string, ...labels: string[]])[] = [
  ['controller_runtime_reconcile_total', 'counter', 'controller="job",result="success"', 'controller="job",result="error"'],
  ['controller_runtime_reconcile_time_seconds', 'histogram'],
  ['controller_runtime_active_workers', 'gauge', 'controller="job"'],
  ['workqueue_depth', 'gauge', 'name="job"'],
  ['workqueue_adds_total', 'counter', 'name="job"'],
  ['workqueue_retries_total', 'counter', 'name="job"'],
  ['rest_client_requests_total', 'counter', 'code="409",method="PATCH"', 'code="<error>",method="GET"'],
  ['jobs_operator_jobs', 'gauge', 'type="clone",phase="Pending"', 'type="delete",phase="Cancelled"'],
  ['jobs_operator_oldest_job_age_seconds', 'gauge', 'type="clone",phase="None"', 'type="restore",phase="Running"'],
  ['jobs_operator_oldest_unshown_change_seconds', 'gauge'],
  ['jobs_operator_jobs_finished_total', 'counter', 'type="delete",phase="Failed"'],
  ['jobs_operator_row_changes_total', 'counter'],
  ['jobs_operator_status_writes_total', 'counter', ...['accepted', 'phase', 'progress', 'finished', 'other'].map((reason) => `reason="${reason}"`)],
  ['jobs_operator_row_to_status_seconds', 'histogram'],
  ['jobs_operator_feed_lag_seconds', 'gauge'],
  ['jobs_operator_feed_last_success_timestamp_seconds', 'gauge'],
  ['jobs_operator_feed_binlog', 'gauge'],
  ['jobs_operator_db_query_seconds', 'histogram', 'statement="insert"', 'statement="read"'],
  ['jobs_operator_db_up', 'gauge'],
  ['jobs_operator_rows_missing', 'gauge'],
  ['jobs_operator_ttl_deleted_total', 'counter'],
  ['jobs_operator_ttl_skipped', 'gauge', 'reason="unfinished"', 'reason="not_shown"', 'reason="foreign_grace"'],
  ['jobs_operator_ttl_last_run_timestamp_seconds', 'gauge'],
  ['jobs_operator_ttl_due_timestamp_seconds', 'gauge'],
];

describe('/metrics', () => {
  it('has every metric of the contract from the start, with its type', async () => {
    const text = await (await fetch(`${scene.operator.url}/metrics`)).text();
    const missing = METRICS.flatMap(([name, type, ...labels]) => {
      const lines = text.split('\n');
      const series = lines.filter((line) => new RegExp(`^${name}(_bucket|_sum|_count)?[{ ]`).test(line));
      const problems = lines.includes(`# TYPE ${name} ${type}`) && series.length > 0 ? [] : [`${name} (${type})`];
      return [...problems, ...labels.filter((label) => !series.some((line) => line.includes(label))).map((label) => `${name}{${label}}`)];
    });
    expect(missing).toEqual([]);
  });

  it('has at zero what has not happened', async () => {
    const samples = await scene.metrics.scrape();
    for (const name of ['jobs_operator_status_writes_total', 'jobs_operator_jobs', 'jobs_operator_rows_missing', 'jobs_operator_ttl_deleted_total']) {
      expect({ name, value: samples.sum(name) }).toEqual({ name, value: 0 });
    }
    expect(samples.sum('jobs_operator_db_up')).toBe(1);
  });

  it('adds up after some work', async () => {
    const { jobs, rows, metrics } = scene;
    const [done, failed] = [rowIdOf(await jobs.create('done', { ttlSecondsAfterFinished: 3600 })), rowIdOf(await jobs.create('failed', { type: 'delete' }))];
    await jobs.create('waits');
    await Promise.all(['done', 'failed', 'waits'].map((name) => jobs.untilPhase(name, 'Pending')));
    await rows.progress(done, 10);
    await jobs.untilPhase('done', 'Running');
    await rows.progress(done, 60);
    await jobs.until('done', 'to show 60 %', ({ status }) => status.progress === 60);
    await rows.complete(done);
    await rows.fail(failed, 'no space left');
    await Promise.all([jobs.untilPhase('done', 'Completed'), jobs.untilPhase('failed', 'Failed')]);

    const counted = async (name: string, labels?: Labels): Promise<number> => metrics.sum(name, labels);
    await waitFor(async () => (await counted('controller_runtime_active_workers')) === 0, { what: 'the workers to be done', timeoutMs: 10_000 });
    const writes = Object.fromEntries(
      await Promise.all(['accepted', 'phase', 'progress', 'finished', 'other'].map(async (reason) => [reason, await counted('jobs_operator_status_writes_total', { reason })])),
    );
    expect(writes).toEqual({ accepted: 3, phase: 1, progress: 1, finished: 2, other: 0 });
    expect(await counted('jobs_operator_jobs')).toBe(3);
    expect(await counted('jobs_operator_jobs', { type: 'clone', phase: 'Completed' })).toBe(1);
    expect(await counted('jobs_operator_jobs', { type: 'delete', phase: 'Failed' })).toBe(1);
    expect(await counted('jobs_operator_jobs', { type: 'clone', phase: 'Pending' })).toBe(1);
    expect(await counted('jobs_operator_jobs_finished_total')).toBe(2);
    expect(await counted('jobs_operator_jobs_finished_total', { type: 'delete', phase: 'Failed' })).toBe(1);
    expect(await counted('jobs_operator_oldest_unshown_change_seconds')).toBe(0);
    const { status } = await jobs.get('waits');
    const age = (Date.now() - Date.parse(status.createdAt ?? '')) / 1000;
    expect(Math.abs(age - (await counted('jobs_operator_oldest_job_age_seconds', { type: 'clone', phase: 'Pending' })))).toBeLessThan(5);
    // One per finalizer and one per status.
    expect(await counted('rest_client_requests_total', { code: '200', method: 'PATCH' })).toBe(3 + 7);
    expect(await counted('rest_client_requests_total', { code: '409' })).toBe(0);
    expect(await counted('jobs_operator_row_to_status_seconds_count')).toBe(4);
    expect(await counted('jobs_operator_row_changes_total')).toBeGreaterThanOrEqual(4);
    expect(await counted('jobs_operator_db_query_seconds_count', { statement: 'insert' })).toBeGreaterThan(0);
    expect(await counted('controller_runtime_reconcile_total', { result: 'error' })).toBe(0);
    const lastLook = await counted('jobs_operator_feed_last_success_timestamp_seconds');
    expect(Math.abs(Date.now() / 1000 - lastLook)).toBeLessThan(5);
  });
});
