import { describe, expect, it } from '@jest/globals';
import { useStack } from '../support/stack.ts';

const stack = useStack();

describe('a test\'s namespace', () => {
  it('stays Terminating when it is deleted, and takes no new objects', async () => {
    const namespace = await stack.namespace();
    await namespace.terminate();
    const answer = await stack.api.send('POST', `/api/v1/namespaces/${namespace.name}/configmaps`, { body: { metadata: { name: 'late' } } });
    expect(answer.status).toBe(403);
    expect(answer.text).toMatch(/being terminated/);
  });

  it('goes with its Jobs, whatever finalizers they have', async () => {
    const namespace = await stack.namespace();
    await stack.api.post(namespace.jobsPath, {
      apiVersion: 'wordpress.betaweb.ai/v1alpha1',
      kind: 'Job',
      metadata: { name: 'held', finalizers: ['wordpress.betaweb.ai/row'] },
      spec: { type: 'clone', requestPayload: {} },
    });
    await namespace.remove();
    expect((await stack.api.send('GET', `${namespace.jobsPath}/held`)).status).toBe(404);
    expect((await stack.api.send('GET', `/api/v1/namespaces/${namespace.name}`)).status).toBe(404);
  });
});
