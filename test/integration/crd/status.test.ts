import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import type { Namespace } from '../../support/stack.ts';
import { jobObject, merge, verdict } from './job-object.ts';
import type { StoredJob } from './job-object.ts';

const stack = useStack();
let namespace: Namespace;
const path = (name: string): string => `${namespace.jobsPath}/${name}`;

beforeAll(async () => {
  namespace = await stack.namespace();
}, SETUP_TIMEOUT_MS);

describe('the status', () => {
  it('can be replaced by a JSON Patch on a resource that never had one', async () => {
    await stack.api.post(namespace.jobsPath, jobObject('fresh'));
    const patch = [{ op: 'replace', path: '/status', value: { observedGeneration: 1, phase: 'Pending', progress: 0 } }];
    expect(await verdict(stack.api, 'PATCH', `${path('fresh')}/status`, patch, 'application/json-patch+json')).toBe('accepted');
    expect((await stack.api.get<StoredJob>(path('fresh'))).status).toEqual({ observedGeneration: 1, phase: 'Pending', progress: 0 });
  });

  it('does not change with the spec, nor the spec with it', async () => {
    await stack.api.post(namespace.jobsPath, jobObject('apart'));
    await merge(stack.api, path('apart'), { status: { phase: 'Completed' } });
    await merge(stack.api, `${path('apart')}/status`, { spec: { cancel: true }, status: { phase: 'Running' } });
    const stored = await stack.api.get<StoredJob>(path('apart'));
    expect(stored.status).toEqual({ observedGeneration: -1, phase: 'Running' });
    expect(stored.spec['cancel']).toBe(false);
    expect(stored.metadata.generation).toBe(1);
  });

  it.each([5, 'text', false, [1, null, { a: null }], { a: null, b: { c: 1 } }])('takes any JSON value as a result: %j', async (result) => {
    const name = `result-${Math.random().toString(36).slice(2)}`;
    await stack.api.post(namespace.jobsPath, jobObject(name));
    const patch = [{ op: 'replace', path: '/status', value: { result } }];
    expect(await verdict(stack.api, 'PATCH', `${path(name)}/status`, patch, 'application/json-patch+json')).toBe('accepted');
    expect((await stack.api.get<StoredJob>(path(name))).status?.['result']).toEqual(result);
  });

  it('reads as not done where somebody wrote one without observedGeneration', async () => {
    await stack.api.post(namespace.jobsPath, jobObject('by-hand'));
    const patch = [{ op: 'replace', path: '/status', value: {} }];
    await verdict(stack.api, 'PATCH', `${path('by-hand')}/status`, patch, 'application/json-patch+json');
    expect((await stack.api.get<StoredJob>(path('by-hand'))).status).toEqual({ observedGeneration: -1 });
  });

  it('can be waited for and selected by', async () => {
    await stack.api.post(namespace.jobsPath, jobObject('waited'));
    const condition = { type: 'Complete', status: 'True', reason: 'Completed', message: 'm', lastTransitionTime: '2026-01-01T00:00:00Z' };
    const wait = async (timeout: string): Promise<string> =>
      stack.kubectl(['-n', namespace.name, 'wait', 'wpjobs/waited', '--for=condition=Complete', `--timeout=${timeout}`]);
    // The generation is 1, the default says -1: an answer to a spec that nobody has looked at is no answer.
    expect(await merge(stack.api, `${path('waited')}/status`, { status: { phase: 'Failed', conditions: [condition] } })).toBe('accepted');
    await expect(wait('1s')).rejects.toThrow(/timed out waiting/);
    expect(await merge(stack.api, `${path('waited')}/status`, { status: { observedGeneration: 1 } })).toBe('accepted');
    await wait('10s');
    const selected = await stack.kubectl(['-n', namespace.name, 'get', 'wpjobs', '--field-selector', 'status.phase=Failed', '-o', 'name']);
    expect(selected.trim()).toBe('job.wordpress.betaweb.ai/waited');
  }, 30_000);
});
