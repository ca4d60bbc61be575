import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Jobs } from '../../../src/controllers/ports.ts';
import type { JobResource } from '../../../src/job/resource.ts';
import { canonicalJson, digest } from '../../../src/json/canonical.ts';
import { sliceMember } from '../../../src/json/slice.ts';
import { createJobClient } from '../../../src/kubernetes/job-client.ts';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import type { Namespace } from '../../support/stack.ts';
import { jobText, statusDraft, transportOn } from './clients.ts';

const stack = useStack();
let namespace: Namespace;
let jobs: Jobs;

beforeAll(async () => {
  namespace = await stack.namespace();
  jobs = createJobClient(await transportOn(stack));
}, SETUP_TIMEOUT_MS);

async function created(name: string, payload?: string, metadata?: string): Promise<JobResource> {
  await stack.api.text('POST', namespace.jobsPath, { body: jobText(name, payload, metadata) });
  const job = await jobs.get(namespace.name, name);
  if (!job) throw new Error(`Job ${name} was not created`);
  return job;
}

const stored = async (name: string): Promise<string> => stack.api.text('GET', `${namespace.jobsPath}/${name}`);

describe('a live read', () => {
  it('has the payload exactly', async () => {
    const payload = '{"max":9223372036854775807,"min":-9223372036854775808,"odd":9007199254740993,"z":null}';
    const job = await created('exact', payload);
    expect(canonicalJson(job.payload ?? '')).toBe(canonicalJson(payload));
    expect(job).toMatchObject({ namespace: namespace.name, generation: 1, finalizers: [], deleting: false, status: { observedGeneration: -1 } });
  });

  it('says null for a Job that is not there, also in a namespace that is not there', async () => {
    expect(await jobs.get(namespace.name, 'nobody')).toBeNull();
    expect(await jobs.get('no-such-namespace', 'nobody')).toBeNull();
  });
});

describe('a status write', () => {
  it('shows the result unchanged: nulls, big integers, and nothing of the one before', async () => {
    const job = await created('result');
    const first = await jobs.writeStatus(job, statusDraft({ result: '{"old":1,"shared":{"a":1,"b":2}}' }));
    const result = '{"n":9007199254740993,"max":9223372036854775807,"none":null,"shared":{"b":null},"list":[null,1]}';
    await jobs.writeStatus({ ...job, resourceVersion: first.resourceVersion }, statusDraft({ result, phase: 'Completed', progress: 100 }));
    const text = await stored('result');
    expect(canonicalJson(sliceMember(text, ['status', 'result']) ?? '')).toBe(canonicalJson(result));
    expect((await jobs.get(namespace.name, 'result'))?.status).toMatchObject({ phase: 'Completed', progress: 100, resultDigest: digest(result) });
  });

  it('answers with what the next write rests on, so that writes follow each other without a read', async () => {
    let job = await created('chain');
    for (let progress = 0; progress < 10; progress++) {
      const written = await jobs.writeStatus(job, statusDraft({ progress }));
      expect(written).toMatchObject({ generation: 1, finalizers: [], deleting: false });
      job = { ...job, resourceVersion: written.resourceVersion };
    }
    expect((await jobs.get(namespace.name, 'chain'))?.status.progress).toBe(9);
  });

  it('of the conditions alone leaves the outcome as it stands', async () => {
    const job = await created('conditions');
    const first = await jobs.writeStatus(job, statusDraft({ result: '{"a":null}', phase: 'Completed', progress: 100 }));
    const condition = { type: 'Synced', status: 'False', reason: 'Expired', message: 'm', lastTransitionTime: '2026-01-01T00:00:00Z', observedGeneration: 3 } as const;
    await jobs.writeStatus({ ...job, resourceVersion: first.resourceVersion }, statusDraft({ scope: 'conditions', observedGeneration: 3, conditions: [condition] }));
    const shown = JSON.parse(sliceMember(await stored('conditions'), ['status']) ?? '') as object;
    expect(shown).toEqual({ observedGeneration: 3, jobId: 'id-1', phase: 'Completed', progress: 100, result: { a: null }, conditions: [condition] });
  });

  it('that rests on an older version is a conflict, and changes nothing', async () => {
    const job = await created('stale');
    await jobs.writeStatus(job, statusDraft({ progress: 1 }));
    await expect(jobs.writeStatus(job, statusDraft({ progress: 2 }))).rejects.toMatchObject({ code: 'API_CONFLICT', status: 409 });
    expect((await jobs.get(namespace.name, 'stale'))?.status.progress).toBe(1);
  });

  it('that makes the object too large is final, whichever limit it meets', async () => {
    const job = await created('large', JSON.stringify({ filling: 'x'.repeat(1_300_000) }));
    for (const size of [300_000, 1_400_000, 2_500_000, 3_300_000]) {
      const write = jobs.writeStatus(job, statusDraft({ result: JSON.stringify('y'.repeat(size)) }));
      await expect(write).rejects.toMatchObject({ code: 'API_TOO_LARGE' });
    }
    await expect(jobs.writeStatus(job, statusDraft())).resolves.toMatchObject({ generation: 1 });
  }, 30_000);

  it('to a Job that is gone says so', async () => {
    const job = await created('gone');
    await jobs.remove(job);
    await expect(jobs.writeStatus(job, statusDraft())).rejects.toMatchObject({ code: 'API_NOT_FOUND' });
  });

  it('that the definition refuses names the field and not the value', async () => {
    const job = await created('refused');
    const error: unknown = await jobs.writeStatus(job, statusDraft({ progress: 4_242 })).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'API_INVALID', message: expect.stringContaining('status.progress') as unknown });
    expect(String(error)).not.toContain('4242');
  });
});

describe('finalizers', () => {
  it('are replaced as a whole, and only on the version that was seen', async () => {
    const job = await created('finalizers', '{}', ',"finalizers":["a.example/x"]');
    const written = await jobs.replaceFinalizers(job, [...job.finalizers, 'wordpress.betaweb.ai/row']);
    expect(written.finalizers).toEqual(['a.example/x', 'wordpress.betaweb.ai/row']);
    await expect(jobs.replaceFinalizers(job, [])).rejects.toMatchObject({ code: 'API_CONFLICT' });
    await expect(jobs.replaceFinalizers({ ...job, resourceVersion: written.resourceVersion }, ['a.example/x'])).resolves.toMatchObject({
      finalizers: ['a.example/x'],
    });
  });

  it('let the Job go when the last one goes', async () => {
    const job = await created('last', '{}', ',"finalizers":["wordpress.betaweb.ai/row"]');
    await jobs.remove(job);
    const deleting = await jobs.get(namespace.name, 'last');
    expect(deleting?.deleting).toBe(true);
    if (!deleting) return;
    await expect(jobs.replaceFinalizers(deleting, [])).resolves.toMatchObject({ finalizers: [] });
    expect(await jobs.get(namespace.name, 'last')).toBeNull();
  });
});

describe('a removal', () => {
  it('is no error when the Job is gone already, and never meets another of the same name', async () => {
    const job = await created('twice');
    await jobs.remove(job);
    await jobs.remove(job);
    const successor = await created('twice');
    await jobs.remove(job);
    expect((await jobs.get(namespace.name, 'twice'))?.uid).toBe(successor.uid);
  });
});

describe('an API server without the definition', () => {
  it('is told apart from a Job that is not there', async () => {
    const transport = await transportOn(stack);
    await expect(transport.request({ method: 'GET', path: '/apis/wordpress.betaweb.ai/v1beta9/namespaces/default/jobs/x' })).rejects.toMatchObject({
      code: 'API_NOT_SERVED',
    });
    await expect(transport.request({ method: 'GET', path: '/apis/nobody.example/v1/namespaces/default/jobs/x' })).rejects.toMatchObject({
      code: 'API_NOT_SERVED',
    });
  });
});
