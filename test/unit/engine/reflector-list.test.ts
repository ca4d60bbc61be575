import { beforeEach, describe, expect, it } from '@jest/globals';
import { DeadlineExceeded } from '../../../src/engine/deadline.ts';
import { bookmark, event, HttpError, page } from './fake-list-watch.ts';
import { harness } from './reflector-harness.ts';
import type { Harness } from './reflector-harness.ts';

let h: Harness;

beforeEach(() => {
  h = harness();
});

describe('a list', () => {
  it('reaches the sink page by page, 500 at a time, before the last page has come', async () => {
    h.server.pages.push(page('10', { a: '1', b: '1' }, 'more'));
    void h.reflector.run(h.abort.signal);
    await h.clock.settle();
    expect(h.sink.log).toEqual(['list a=1', 'list b=1']);
    expect(h.reflector.hasSynced()).toBe(false);
    expect(h.server.lists.map(({ limit, continue: token }) => [limit, token])).toEqual([[500, undefined], [500, 'more']]);
  });

  it('makes the reflector synced when it is complete, and the watch begins at its version', async () => {
    h.server.pages.push(page('10', { a: '1' }, 'more'), page('10', { b: '1' }, ''));
    void h.reflector.run(h.abort.signal);
    await h.reflector.synced;
    await h.clock.settle();
    expect(h.reflector.hasSynced()).toBe(true);
    expect(h.sink.log).toEqual(['list a=1', 'list b=1']);
    expect(h.server.watching.request.resourceVersion).toBe('10');
  });

  it('whose pages differ in version is watched from the oldest, so that nothing between them is missed', async () => {
    h.server.pages.push(page('10', {}, 'more'), page('12', {}));
    void h.reflector.run(h.abort.signal);
    await h.clock.settle();
    expect(h.server.watching.request.resourceVersion).toBe('10');
  });

  it('removes what it does not contain and what was there before it began', async () => {
    h.sink.things.set('gone', { uid: 'gone', text: '0' });
    h.sink.things.set('a', { uid: 'a', text: '0' });
    h.server.pages.push(() => {
      h.sink.things.set('written-meanwhile', { uid: 'written-meanwhile', text: '0' });
      return page('10', { a: '1' });
    });
    void h.reflector.run(h.abort.signal);
    await h.reflector.synced;
    expect(h.sink.log).toEqual(['list a=1', 'remove gone']);
    expect([...h.sink.things.keys()]).toEqual(['a', 'written-meanwhile']);
  });

  it('removes nothing when it breaks off half-way', async () => {
    h.sink.things.set('z', { uid: 'z', text: '0' });
    h.server.pages.push(page('10', { a: '1' }, 'more'), new HttpError(500));
    void h.reflector.run(h.abort.signal);
    await h.clock.settle();
    expect(h.sink.things.has('z')).toBe(true);
    expect(h.reflector.hasSynced()).toBe(false);
  });

  it('is tried again after a 500, with growing back-off and one word for each step', async () => {
    h.server.pages.push(new HttpError(500), new HttpError(500), new HttpError(500), page('10', { a: '1' }));
    void h.reflector.run(h.abort.signal);
    await h.clock.advance(800 + 1_600 + 3_199);
    expect(h.reflector.hasSynced()).toBe(false);
    await h.clock.advance(1);
    expect(h.reflector.hasSynced()).toBe(true);
    expect(h.troubles).toEqual([
      { during: 'list', error: new HttpError(500), attempt: 1, delayMs: 800, relist: true },
      { during: 'list', error: new HttpError(500), attempt: 2, delayMs: 1_600, relist: true },
      { during: 'list', error: new HttpError(500), attempt: 3, delayMs: 3_200, relist: true },
    ]);
  });

  it('waits as long as the server asks, but not for a day', async () => {
    h.server.pages.push(new HttpError(429, 20_000), new HttpError(429, 86_400_000), page('10', {}));
    void h.reflector.run(h.abort.signal);
    await h.clock.advance(20_000 + 300_000);
    expect(h.troubles.map(({ delayMs }) => delayMs)).toEqual([20_000, 300_000]);
    expect(h.reflector.hasSynced()).toBe(true);
  });

  it('begins anew when its continue token has expired, and asks for everything at once then', async () => {
    h.server.pages.push(page('10', { a: '1', b: '1' }, 'old'), new HttpError(410), page('20', { b: '2' }));
    void h.reflector.run(h.abort.signal);
    await h.clock.advance(800);
    expect(h.server.lists.map(({ limit, continue: token }) => [limit, token])).toEqual([
      [500, undefined],
      [500, 'old'],
      [undefined, undefined],
    ]);
    expect([...h.sink.things.values()]).toEqual([{ uid: 'b', text: '2' }]);
    expect(h.server.watching.request.resourceVersion).toBe('20');
  });

  it('goes back to pages after that', async () => {
    h.server.pages.push(page('10', {}, 'old'), new HttpError(410), page('20', {}), page('30', {}));
    void h.reflector.run(h.abort.signal);
    await h.clock.advance(800);
    h.server.watching.send(new HttpError(410));
    await h.clock.advance(5_000);
    expect(h.server.lists.at(-1)?.limit).toBe(500);
  });

  it('gives up on a page that does not come, even if the transport does not listen', async () => {
    void h.reflector.run(h.abort.signal);
    await h.clock.advance(60_000);
    expect(h.troubles.map(({ error }) => error)).toEqual([new DeadlineExceeded('a page of the list', 60_000)]);
    expect(h.server.lists[0]?.signal.aborted).toBe(true);
    h.server.pages.push(page('10', {}));
    await h.clock.advance(800);
    expect(h.reflector.hasSynced()).toBe(true);
  });
});

describe('stopping', () => {
  it('ends the run at once, whatever it waits for, and leaves no timer behind', async () => {
    const waits: ((server: Harness) => void)[] = [
      () => undefined,
      ({ server }) => server.pages.push(new HttpError(500)),
      ({ server }) => server.pages.push(page('10', {})),
    ];
    for (const wait of waits) {
      const one = harness();
      wait(one);
      const run = one.reflector.run(one.abort.signal);
      await one.clock.settle();
      one.abort.abort();
      await run;
      expect(one.clock.timers).toBe(0);
      expect(one.server.watches.every(({ request }) => request.signal.aborted)).toBe(true);
    }
  });

  it('can be followed by another run, which lists anew and is not synced before', async () => {
    h.server.pages.push(page('10', { a: '1', b: '1' }));
    const first = h.reflector.run(h.abort.signal);
    await h.reflector.synced;
    h.abort.abort();
    await first;
    const next = new AbortController();
    h.server.pages.push(page('30', { b: '1' }));
    void h.reflector.run(next.signal);
    expect(h.reflector.hasSynced()).toBe(false);
    await h.reflector.synced;
    expect([...h.sink.things.keys()]).toEqual(['b']);
    next.abort();
  });

  it('is needed before another run', async () => {
    void h.reflector.run(h.abort.signal);
    await expect(h.reflector.run(h.abort.signal)).rejects.toThrow('running already');
    h.abort.abort();
  });
});

describe('what the health check asks', () => {
  it('is when the server was last heard of', async () => {
    expect(h.reflector.lastContact()).toBeUndefined();
    h.server.pages.push(page('10', {}));
    void h.reflector.run(h.abort.signal);
    await h.reflector.synced;
    const listed = h.clock.monotonic();
    expect([h.reflector.lastListStarted, h.reflector.lastContact()]).toEqual([listed, listed]);
    await h.clock.advance(60_000);
    h.server.watching.send(bookmark('11'));
    await h.clock.advance(5_000);
    expect(h.reflector.lastContact()).toBe(listed + 60_000);
    h.server.watching.send(event('ADDED', '12', 'a', '1'));
    await h.clock.settle();
    expect(h.reflector.lastContact()).toBe(listed + 65_000);
  });
});
