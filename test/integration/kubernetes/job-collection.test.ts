import { beforeAll, describe, expect, it } from '@jest/globals';
import type { JobResource } from '../../../src/job/resource.ts';
import type { WatchEvent } from '../../../src/engine/list-watch.ts';
import { compareResourceVersions } from '../../../src/engine/resource-version.ts';
import { createJobCollection } from '../../../src/kubernetes/job-collection.ts';
import type { JobCollection } from '../../../src/kubernetes/job-collection.ts';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import type { Namespace } from '../../support/stack.ts';
import { jobText, transportOn } from './clients.ts';

const stack = useStack();
let namespace: Namespace;
let jobs: JobCollection;
const { signal } = new AbortController();

beforeAll(async () => {
  namespace = await stack.namespace();
  jobs = createJobCollection(await transportOn(stack), { namespace: namespace.name, labelSelector: 'team=a' }, (error) => {
    throw error;
  });
  for (let index = 0; index < 7; index++) {
    await stack.api.text('POST', namespace.jobsPath, { body: jobText(`j${index}`, '{"n":9007199254740993}', ',"labels":{"team":"a"}') });
  }
  await stack.api.text('POST', namespace.jobsPath, { body: jobText('other', '{}', ',"labels":{"team":"b"}') });
}, SETUP_TIMEOUT_MS);

/** What a watch from there brings, until there are so many or it ends. */
async function first(count: number, resourceVersion: string, timeoutSeconds: number): Promise<WatchEvent<JobResource>[]> {
  const taken: WatchEvent<JobResource>[] = [];
  const enough = new AbortController();
  const request = { resourceVersion, timeoutSeconds, signal: enough.signal, isKnown: () => false };
  const watching = jobs.watch(request, (event) => {
    taken.push(event);
    if (taken.length === count) enough.abort(new Error('enough'));
  });
  await watching.catch((error: unknown) => {
    if (!enough.signal.aborted) throw error;
  });
  return taken;
}

describe('a paged list', () => {
  it('has every Job of the selection once, at one version', async () => {
    const names: string[] = [];
    const versions = new Set<string>();
    let token: string | undefined;
    do {
      const page = await jobs.list({ limit: 3, continue: token, signal });
      names.push(...page.items.map(({ name }) => name));
      versions.add(page.resourceVersion);
      token = page.continue;
    } while (token);
    expect(names).toEqual(['j0', 'j1', 'j2', 'j3', 'j4', 'j5', 'j6']);
    expect(versions.size).toBe(1);
  });

  it('has payloads exactly', async () => {
    const { items } = await jobs.list({ limit: undefined, continue: undefined, signal });
    expect(items.map(({ payload }) => payload)).toEqual(items.map(() => '{"n":9007199254740993}'));
  });
});

describe('a snapshot', () => {
  it('has the same Jobs by uid, with their versions', async () => {
    const { items, resourceVersion } = await jobs.list({ limit: undefined, continue: undefined, signal });
    const expected = items.map(({ uid, generation, resourceVersion: own, deleting }) => [uid, { generation, resourceVersion: own, deleting }] as const);
    const snapshot = await jobs.snapshot();
    expect(snapshot.jobs).toEqual(new Map(expected));
    expect(compareResourceVersions(snapshot.resourceVersion, resourceVersion)).toBeGreaterThanOrEqual(0);
  });
});

describe('a watch', () => {
  it('tells what happened since the list, in order, and only of the selection', async () => {
    const { resourceVersion } = await jobs.list({ limit: 1, continue: undefined, signal });
    await stack.api.text('POST', namespace.jobsPath, { body: jobText('w', '{"a":1}', ',"labels":{"team":"a"}') });
    await stack.api.text('POST', namespace.jobsPath, { body: jobText('unseen') });
    await stack.api.merge(`${namespace.jobsPath}/w`, { spec: { cancel: true } });
    await stack.api.delete(`${namespace.jobsPath}/w`);
    const events = await first(3, resourceVersion, 30);
    expect(events).toMatchObject([
      { type: 'ADDED', object: { name: 'w', payload: '{"a":1}', spec: { cancel: false } } },
      { type: 'MODIFIED', object: { name: 'w', spec: { cancel: true }, generation: 2 } },
      { type: 'DELETED', object: { name: 'w' } },
    ]);
  });

  it('is asked about every version before it looks at it, and takes a word for it', async () => {
    const { items, resourceVersion } = await jobs.list({ limit: 100, continue: undefined, signal });
    const job = items.find(({ name }) => name === 'j0');
    await stack.api.merge(`${namespace.jobsPath}/j0`, { spec: { ttlSecondsAfterFinished: 5 } });
    const known: string[] = [];
    const enough = new AbortController();
    const isKnown = (uid: string, version: string): boolean => known.push(`${uid} ${version}`) > 0;
    const event = await new Promise((resolve) => {
      jobs.watch({ resourceVersion, timeoutSeconds: 30, signal: enough.signal, isKnown }, resolve).catch(() => undefined);
    });
    enough.abort(new Error('enough'));
    const after = (await jobs.list({ limit: 100, continue: undefined, signal })).items.find(({ name }) => name === 'j0');
    expect(known).toEqual([`${job?.uid} ${after?.resourceVersion}`]);
    expect(event).toEqual({ type: 'KNOWN', resourceVersion: after?.resourceVersion });
  });

  it('ends by itself when the server ends it, after a bookmark', async () => {
    const { resourceVersion } = await jobs.list({ limit: 1, continue: undefined, signal });
    const events = await first(Number.POSITIVE_INFINITY, resourceVersion, 1);
    expect(events.every(({ type }) => type === 'BOOKMARK')).toBe(true);
  });

  it('from a version that is too old is API_GONE', async () => {
    await expect(first(1, '1', 5)).rejects.toMatchObject({ code: 'API_GONE' });
  });
});
