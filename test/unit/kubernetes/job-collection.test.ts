import { describe, expect, it } from '@jest/globals';
import type { WatchEvent, WatchRequest } from '../../../src/engine/list-watch.ts';
import type { JobResource } from '../../../src/job/resource.ts';
import { createJobCollection } from '../../../src/kubernetes/job-collection.ts';
import type { JobCollection } from '../../../src/kubernetes/job-collection.ts';
import { answer } from './support/local-server.ts';
import type { Respond } from './support/local-server.ts';
import { withServer } from './support/with-server.ts';

const given = withServer();
const signal = new AbortController().signal;

const jobObject = (name: string) => ({
  metadata: { uid: `uid-${name}`, namespace: 'n', name, resourceVersion: '5' },
  spec: { type: 'clone', requestPayload: { s: 'x'.repeat(1_000) } },
});

const lines = (...all: object[]): string => all.map((line) => `${JSON.stringify(line)}\n`).join('');

async function collectionOn(respond: Respond, maxResponseBytes?: number) {
  const { transport, server } = await given(respond, maxResponseBytes === undefined ? {} : { maxResponseBytes });
  const malformed: string[] = [];
  const collection = createJobCollection(transport, { namespace: 'n', labelSelector: 'a in (b,c)' }, ({ message }) => malformed.push(message));
  return { collection, server, malformed };
}

async function events(collection: JobCollection, request: WatchRequest): Promise<WatchEvent<JobResource>[]> {
  const all: WatchEvent<JobResource>[] = [];
  await collection.watch(request, (event) => all.push(event));
  return all;
}

describe('a list', () => {
  it('asks for its scope and page, and never for a stale version', async () => {
    const { collection, server } = await collectionOn((_, response) =>
      answer(response, 200, { items: [jobObject('a')], metadata: { resourceVersion: '9', continue: 'next' } }),
    );
    const page = await collection.list({ limit: 500, continue: 'token', signal });
    expect(server.requests).toEqual([
      'GET /apis/wordpress.betaweb.ai/v1alpha1/namespaces/n/jobs?labelSelector=a+in+%28b%2Cc%29&limit=500&continue=token',
    ]);
    expect(page).toMatchObject({ resourceVersion: '9', continue: 'next', items: [{ name: 'a' }] });
  });

  it('goes on without an item that cannot be understood, and reports it', async () => {
    const { collection, malformed } = await collectionOn((_, response) =>
      answer(response, 200, { items: [jobObject('a'), { metadata: { name: 'bad' } }, jobObject('b')], metadata: { resourceVersion: '9' } }),
    );
    const page = await collection.list({ limit: undefined, continue: undefined, signal });
    expect(page.items.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(malformed).toEqual(['Job ?/bad lacks its type or payload']);
  });

  it('asks for smaller pages when one is larger than an answer may be, and remembers', async () => {
    const { collection, server } = await collectionOn((request, response) => {
      const limit = Number(new URL(request.url ?? '', 'http://x').searchParams.get('limit'));
      answer(response, 200, { items: Array.from({ length: limit }, (_, index) => jobObject(`j${index}`)), metadata: { resourceVersion: '9' } });
    }, 5_000);
    expect((await collection.list({ limit: 16, continue: undefined, signal })).items).toHaveLength(4);
    expect((await collection.list({ limit: 16, continue: 'next', signal })).items).toHaveLength(4);
    expect(server.requests.map((request) => /limit=(\d+)/.exec(request)?.[1])).toEqual(['16', '8', '4', '4']);
  });

  it('that is none is an error, not an empty list', async () => {
    const { collection } = await collectionOn((_, response) => answer(response, 200, '{}'));
    await expect(collection.list({ limit: 1, continue: undefined, signal })).rejects.toMatchObject({ code: 'API_UNAVAILABLE' });
  });
});

describe('a watch', () => {
  const request: WatchRequest = { resourceVersion: '5', timeoutSeconds: 300, signal, isKnown: () => false };

  it('asks for bookmarks and gives changes and bookmarks with their versions', async () => {
    const { collection, server } = await collectionOn((_, response) =>
      answer(
        response,
        200,
        lines(
          { type: 'ADDED', object: jobObject('a') },
          { type: 'BOOKMARK', object: { kind: 'Job', metadata: { resourceVersion: '8' }, spec: {} } },
          { type: 'DELETED', object: jobObject('a') },
        ),
      ),
    );
    expect(await events(collection, request)).toMatchObject([
      { type: 'ADDED', resourceVersion: '5', object: { name: 'a' } },
      { type: 'BOOKMARK', resourceVersion: '8' },
      { type: 'DELETED', resourceVersion: '5' },
    ]);
    expect(server.requests[0]).toContain('watch=true&allowWatchBookmarks=true&resourceVersion=5&timeoutSeconds=300');
  });

  it('does not look at what is known, unless it is gone', async () => {
    const { collection } = await collectionOn((_, response) =>
      answer(
        response,
        200,
        lines(
          { type: 'MODIFIED', object: jobObject('a') },
          { type: 'MODIFIED', object: jobObject('b') },
          { type: 'DELETED', object: jobObject('a') },
        ),
      ),
    );
    const asked: string[] = [];
    const isKnown: WatchRequest['isKnown'] = (uid, resourceVersion) => {
      asked.push(`${uid} ${resourceVersion}`);
      return uid === jobObject('a').metadata.uid;
    };
    expect(await events(collection, { ...request, isKnown })).toMatchObject([
      { type: 'KNOWN', resourceVersion: '5' },
      { type: 'MODIFIED', object: { name: 'b' } },
      { type: 'DELETED', object: { name: 'a' } },
    ]);
    expect(asked).toEqual([`${jobObject('a').metadata.uid} 5`, `${jobObject('b').metadata.uid} 5`]);
  });

  it('throws what an ERROR event says: a version too old is API_GONE', async () => {
    const status = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version: 1 (2)' };
    const { collection } = await collectionOn((_, response) => answer(response, 200, lines({ type: 'ERROR', object: status })));
    await expect(events(collection, request)).rejects.toMatchObject({ code: 'API_GONE', status: 410 });
  });

  it('goes on after an object that cannot be understood, and after a kind of event it does not know', async () => {
    const { collection, malformed } = await collectionOn((_, response) =>
      answer(response, 200, lines({ type: 'ADDED', object: {} }, { type: 'NEWS', object: {} }, { type: 'ADDED', object: jobObject('b') })),
    );
    expect(await events(collection, request)).toHaveLength(1);
    expect(malformed).toHaveLength(1);
  });
});
