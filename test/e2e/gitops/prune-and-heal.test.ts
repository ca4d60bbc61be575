import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { clientSideApply, serverSideApply } from '../support/gitops-tools.ts';
import type { Tool } from '../support/gitops-tools.ts';
import { conditionsOf } from '../support/jobs.ts';
import type { Job } from '../support/jobs.ts';
import { openKeyedScene } from '../support/keyed-scene.ts';
import type { KeyedScene } from '../support/keyed-scene.ts';

const stack = useStack();
let scene: KeyedScene;
let argo: Tool;
let kubectl: Tool;

beforeAll(async () => {
  scene = await openKeyedScene(stack);
  argo = serverSideApply(stack, scene.namespace, 'argocd-controller');
  kubectl = clientSideApply(stack, scene.namespace);
}, SETUP_TIMEOUT_MS);

/** Applied and taken by a worker. @returns the id of its row */
async function run(name: string, spec: object): Promise<string> {
  await argo({ [name]: spec });
  const jobId = await scene.acceptedId(name);
  await scene.rows.progress(jobId, 30);
  await scene.jobs.untilPhase(name, 'Running');
  return jobId;
}

/** Seconds from the end to the expiry that it shows. */
const ttlOf = ({ status }: Job): number => (Date.parse(status.expiresAt ?? '') - Date.parse(status.completedAt ?? '')) / 1000;

/** Pruned: it is no longer in the repository. */
async function prune(name: string): Promise<void> {
  await scene.jobs.delete(name);
  await scene.jobs.untilGone(name);
}

describe('a Job that is pruned while it runs, and applied again', () => {
  it('with a key and Retain goes on where it is, and is done once', async () => {
    const spec = { idempotencyKey: 'moved', deletionPolicy: 'Retain' };
    const jobId = await run('moved', spec);
    await prune('moved');
    expect(await scene.rows.get(jobId)).toMatchObject({ status: 'running', progress: 30 });
    await argo({ moved: spec });
    const job = await scene.jobs.untilPhase('moved', 'Running');
    expect(job.status).toMatchObject({ jobId, progress: 30 });
    await scene.rows.complete(jobId);
    await scene.jobs.untilPhase('moved', 'Completed');
  });

  it('with a key is cancelled, and stays so', async () => {
    const jobId = await run('stopped', { idempotencyKey: 'stopped' });
    await prune('stopped');
    await argo({ stopped: { idempotencyKey: 'stopped' } });
    const job = await scene.jobs.untilPhase('stopped', 'Cancelled');
    expect(job.status.jobId).toBe(jobId);
  });

  it('without a key is cancelled, and runs anew', async () => {
    const first = await run('twice', {});
    await prune('twice');
    await argo({ twice: {} });
    const second = await scene.acceptedId('twice');
    expect(second).not.toBe(first);
    expect((await scene.rows.get(first)).status).toBe('cancelled');
    expect((await scene.rows.get(second)).status).toBe('pending');
  });
});

describe('a Job that is replaced by one with another payload, as force does it', () => {
  it('with a key does not run: the key stands for the earlier work', async () => {
    const jobId = await run('replaced', { idempotencyKey: 'replaced', requestPayload: { site: 1 } });
    const next = { idempotencyKey: 'replaced', requestPayload: { site: 2 } };
    await expect(argo({ replaced: next })).rejects.toThrow(/requestPayload is immutable/);
    await prune('replaced');
    await argo({ replaced: next });
    await scene.jobs.untilCondition('replaced', 'Stalled', 'True', 'IdempotencyConflict');
    const row = await scene.rows.get(jobId);
    expect([row.status, JSON.parse(row.request_payload)]).toEqual(['cancelled', { site: 1 }]);
  });
});

describe('what somebody changes by hand', () => {
  it('in a status is put right by the operator at once', async () => {
    await run('edited-status', {});
    const conditions = [{ type: 'Ready', status: 'True', reason: 'Completed', message: 'trust me', lastTransitionTime: '2026-01-01T00:00:00Z' }];
    await stack.api.merge(`${scene.namespace.jobsPath}/edited-status/status`, { status: { phase: 'Completed', progress: 100, conditions } });
    const job = await scene.jobs.until('edited-status', 'to show its row again', ({ status }) => status.phase === 'Running' && status.progress === 30);
    expect(conditionsOf(job)).toMatchObject({ Ready: 'False Running', Reconciling: 'True Running' });
  });

  it.each(['server-side', 'client-side'])('in a field that may change is put back by a tool that applies %s, and the row follows both times', async (way) => {
    const tool = way === 'server-side' ? argo : kubectl;
    const name = `edited-${way}`;
    const repository = { [name]: { ttlSecondsAfterFinished: 7200, deletionPolicy: 'Retain' } };
    await tool(repository);
    const jobId = await scene.acceptedId(name);
    await scene.rows.complete(jobId);
    await scene.jobs.until(name, 'to expire in two hours', (job) => ttlOf(job) === 7200);
    await scene.jobs.patch(name, { spec: { ttlSecondsAfterFinished: 3600, deletionPolicy: 'Delete' } });
    await scene.jobs.until(name, 'to expire in one', (job) => ttlOf(job) === 3600);
    const [applied] = await tool(repository);
    expect(applied?.spec).toMatchObject(repository[name] ?? {});
    await scene.jobs.until(name, 'to expire in two hours again', (job) => ttlOf(job) === 7200);
  });

  it.each(['server-side', 'client-side'])('to cancel a Job stands, while a tool applies a manifest without cancel %s', async (way) => {
    const tool = way === 'server-side' ? argo : kubectl;
    const name = `cancelled-${way}`;
    await tool({ [name]: {} });
    await scene.acceptedId(name);
    await scene.jobs.patch(name, { spec: { cancel: true } });
    await scene.jobs.untilPhase(name, 'Cancelled');
    const [applied] = await tool({ [name]: {} });
    expect(applied?.spec).toMatchObject({ cancel: true });
  });

  it('to cancel a Job stands also where the manifest says cancel: false, but the tool is told so each time', async () => {
    await argo({ stubborn: { cancel: false } });
    await scene.acceptedId('stubborn');
    await scene.jobs.patch('stubborn', { spec: { cancel: true } });
    await scene.jobs.untilPhase('stubborn', 'Cancelled');
    await expect(argo({ stubborn: { cancel: false } })).rejects.toThrow(/cancel cannot be taken back/);
    expect((await scene.jobs.get('stubborn')).spec).toMatchObject({ cancel: true });
  });
});

it('in all of this nothing runs twice, and no row is inserted after its end', async () => {
  expect(await scene.audit.violations()).toEqual([]);
});
