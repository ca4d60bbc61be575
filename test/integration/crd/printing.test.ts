import { beforeAll, describe, expect, it } from '@jest/globals';
import { Agent, request } from 'undici';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import type { Namespace } from '../../support/stack.ts';
import { jobObject, verdict } from './job-object.ts';

const stack = useStack();
let namespace: Namespace;

interface Table {
  readonly columnDefinitions: readonly { readonly name: string; readonly priority: number }[];
  readonly rows: readonly { readonly cells: readonly unknown[] }[];
}

async function table(path: string): Promise<Table> {
  const { url, ca, token } = stack.credentials;
  const agent = new Agent({ connect: { ca } });
  try {
    const headers = { authorization: `Bearer ${token}`, accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
    const { body } = await request(url + path, { dispatcher: agent, headers });
    return (await body.json()) as Table;
  } finally {
    await agent.destroy();
  }
}

beforeAll(async () => {
  namespace = await stack.namespace();
  await stack.api.post(namespace.jobsPath, jobObject('a'));
  const condition = { type: 'Ready', status: 'True', reason: 'Completed', message: 'The job completed.', lastTransitionTime: '2026-01-01T00:00:00Z' };
  const other = { ...condition, type: 'Synced', message: 'not this one' };
  const status = {
    observedGeneration: 1,
    jobId: 'id-1',
    phase: 'Completed',
    progress: 100,
    completedAt: '2026-01-01T00:00:00Z',
    expiresAt: '2999-01-01T00:00:00Z',
    conditions: [other, condition],
  };
  await verdict(stack.api, 'PATCH', `${namespace.jobsPath}/a/status`, [{ op: 'replace', path: '/status', value: status }], 'application/json-patch+json');
}, SETUP_TIMEOUT_MS);

describe('kubectl get wpjobs', () => {
  it('prints Type, Phase, Progress and Age, and with -o wide Job ID, Completed, Expires and Message', async () => {
    const { columnDefinitions, rows } = await table(namespace.jobsPath);
    expect(columnDefinitions.map(({ name, priority }) => [name, priority])).toEqual([
      ['Name', 0],
      ['Type', 0],
      ['Phase', 0],
      ['Progress', 0],
      ['Age', 0],
      ['Job ID', 1],
      ['Completed', 1],
      ['Expires', 1],
      ['Message', 1],
    ]);
    expect(rows[0]?.cells).toEqual([
      'a',
      'clone',
      'Completed',
      100,
      expect.stringMatching(/^\d+s$/),
      'id-1',
      expect.stringMatching(/^\d+[dhy]/),
      '2999-01-01T00:00:00Z',
      'The job completed.',
    ]);
  });

  it('answers to wpjob too, while jobs stays batch/v1', async () => {
    expect(await stack.kubectl(['-n', namespace.name, 'get', 'wpjob', '-o', 'name'])).toBe('job.wordpress.betaweb.ai/a\n');
    expect(await stack.kubectl(['-n', namespace.name, 'get', 'jobs', '-o', 'name'])).toBe('');
  });
});

describe('kubectl explain wpjobs', () => {
  it('documents every field of spec and status', async () => {
    for (const field of ['wpjobs', 'wpjobs.spec', 'wpjobs.status', 'wpjobs.status.conditions']) {
      const text = await stack.kubectl(['explain', field]);
      // Only what every Kubernetes object has may go without words of ours.
      expect(text.match(/^ {2}(?!apiVersion|kind|metadata)\S+\t<.*\n(?: {2}enum:.*\n)? {4}<no description>/gm) ?? []).toEqual([]);
    }
    expect(await stack.kubectl(['explain', 'wpjobs.spec.ttlPolicy'])).toContain('What is removed when the time to live is over.');
  });
});
