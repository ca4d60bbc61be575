import { beforeEach, describe, expect, it } from '@jest/globals';
import { event, HttpError, page } from './fake-list-watch.ts';
import { harness } from './reflector-harness.ts';
import type { Harness } from './reflector-harness.ts';

let h: Harness;

/** Versions of the watches so far. */
const watches = (): readonly string[] => h.server.watches.map(({ request }) => request.resourceVersion);

beforeEach(async () => {
  h = harness();
  h.server.pages.push(page('10', { a: '1' }));
  void h.reflector.run(h.abort.signal);
  await h.clock.advance(2_000);
});

describe('a server that answers somebody else again', () => {
  it('is watched at once, however long the pause had become', async () => {
    h.server.onWatch = () => {
      throw new HttpError(0);
    };
    h.server.watching.send(new HttpError(0));
    // Pauses of 0.8, 1.6 and 3.2 s, and some of the 6.4 s that follow.
    await h.clock.advance(6_000);
    expect(watches()).toHaveLength(4);
    h.server.onWatch = undefined;
    h.reflector.serverReturned();
    await h.clock.settle();
    expect(watches()).toHaveLength(5);
    h.server.watching.send(event('ADDED', '11', 'b', '1'));
    await h.clock.settle();
    expect(h.sink.log.at(-1)).toBe('set b=1');
  });

  it('is listed at once where a list was due', async () => {
    h.server.pages.push(new HttpError(0), new HttpError(0), new HttpError(0), new HttpError(0), page('50', { c: '1' }));
    h.server.watching.send(new HttpError(410));
    await h.clock.advance(9_000);
    expect(h.server.lists).toHaveLength(4);
    h.reflector.serverReturned();
    await h.clock.settle();
    h.reflector.serverReturned();
    await h.clock.settle();
    expect(watches().at(-1)).toBe('50');
  });

  it('is given the short pauses again, since what failed before was the outage', async () => {
    h.server.onWatch = () => {
      throw new HttpError(0);
    };
    h.server.watching.send(new HttpError(0));
    await h.clock.advance(6_000);
    h.reflector.serverReturned();
    await h.clock.settle();
    expect(h.troubles.at(-1)).toMatchObject({ attempt: 1, delayMs: 800 });
  });

  it('gets the pause that it has asked for', async () => {
    h.server.watching.send(new HttpError(429, 20_000));
    await h.clock.advance(10_000);
    h.reflector.serverReturned();
    await h.clock.advance(9_000);
    expect(watches()).toEqual(['10']);
    await h.clock.advance(1_000);
    expect(watches()).toEqual(['10', '10']);
  });

  it('is watched anew, from where it was and without a pause, where nothing has come since it went', async () => {
    h.server.watching.send(event('ADDED', '11', 'b', '1'));
    await h.clock.advance(30_000);
    const dead = h.server.watching;
    h.reflector.serverReturned(h.clock.monotonic() - 10_000);
    await h.clock.settle();
    expect(watches()).toEqual(['10', '11']);
    expect(dead.request.signal.aborted).toBe(true);
    dead.send(event('ADDED', '12', 'ghost', '1'));
    h.server.watching.send(event('ADDED', '12', 'c', '1'));
    await h.clock.settle();
    expect(h.sink.log.slice(-2)).toEqual(['set b=1', 'set c=1']);
    expect(h.troubles).toEqual([]);
  });

  it('is left alone where the watch has brought something meanwhile, or was opened meanwhile', async () => {
    await h.clock.advance(30_000);
    h.server.watching.send(event('ADDED', '11', 'b', '1'));
    await h.clock.settle();
    h.reflector.serverReturned(h.clock.monotonic() - 10_000);
    h.server.watching.send(undefined);
    await h.clock.advance(100);
    h.reflector.serverReturned(h.clock.monotonic() - 200);
    await h.clock.settle();
    expect(watches()).toEqual(['10', '11']);
  });

  it('is left alone after a mere blip', async () => {
    await h.clock.advance(30_000);
    h.reflector.serverReturned();
    await h.clock.settle();
    expect(watches()).toEqual(['10']);
  });
});
