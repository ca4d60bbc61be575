import { beforeEach, describe, expect, it } from '@jest/globals';
import { DeadlineExceeded } from '../../../src/engine/deadline.ts';
import { HistoryWentBack, ShortWatch } from '../../../src/engine/reflector-trouble.ts';
import { bookmark, event, HttpError, page } from './fake-list-watch.ts';
import { harness } from './reflector-harness.ts';
import type { Harness } from './reflector-harness.ts';

let h: Harness;

/** Listed at version 10 with one thing `a`, watching since two seconds. */
async function watching(one: Harness): Promise<Harness> {
  one.server.pages.push(page('10', { a: '1' }));
  void one.reflector.run(one.abort.signal);
  await one.clock.advance(2_000);
  one.sink.log.length = 0;
  return one;
}

beforeEach(async () => {
  h = await watching(harness());
});

describe('a watch', () => {
  it('passes on what happens, in order, and not as initial', async () => {
    h.server.watching.send(event('ADDED', '11', 'b', '1'));
    h.server.watching.send(event('MODIFIED', '12', 'a', '2'));
    h.server.watching.send(event('DELETED', '13', 'b', 'last'));
    await h.clock.settle();
    expect(h.sink.log).toEqual(['set b=1', 'set a=2', 'remove b=last']);
  });

  it('keeps a thing and its successor of the same name apart', async () => {
    h.server.watching.send(event('DELETED', '11', 'a', 'site'));
    h.server.watching.send(event('ADDED', '12', 'a2', 'site'));
    await h.clock.settle();
    expect(h.sink.log).toEqual(['remove a=site', 'set a2=site']);
  });

  it('asks the sink what need not be understood, and goes on from there', async () => {
    h.sink.known = 'a 12';
    const { isKnown } = h.server.watching.request;
    expect([isKnown('a', '12'), isKnown('a', '11'), isKnown('b', '12')]).toEqual([true, false, false]);
    h.server.watching.send({ type: 'KNOWN', resourceVersion: '12' });
    h.server.watching.send(undefined);
    await h.clock.settle();
    expect(h.sink.log).toEqual([]);
    expect(h.server.watching.request.resourceVersion).toBe('12');
  });

  it('is asked to last five to ten minutes, at random', async () => {
    expect(h.server.watching.request.timeoutSeconds).toBe(300);
    expect((await watching(harness(0.999))).server.watching.request.timeoutSeconds).toBe(599);
  });

  it('that ends regularly goes on at once where it was, without a list', async () => {
    h.server.watching.send(event('ADDED', '11', 'b', '1'));
    h.server.watching.send(bookmark('40'));
    h.server.watching.send(undefined);
    await h.clock.settle();
    expect(h.server.watches.map(({ request }) => request.resourceVersion)).toEqual(['10', '40']);
    expect(h.server.lists).toHaveLength(1);
    expect(h.troubles).toEqual([]);
  });

  it.each([
    ['a 500', new HttpError(500)],
    ['a reset connection', new Error('read ECONNRESET')],
    ['a 429', new HttpError(429)],
  ])('that ends with %s goes on where it was, after a back-off', async (_name, error) => {
    h.server.watching.send(event('ADDED', '11', 'b', '1'));
    h.server.watching.send(error);
    await h.clock.advance(799);
    expect(h.server.watches).toHaveLength(1);
    await h.clock.advance(1);
    expect(h.server.watching.request.resourceVersion).toBe('11');
    expect(h.server.lists).toHaveLength(1);
    expect(h.troubles).toEqual([{ during: 'watch', error, attempt: 1, delayMs: 800, relist: false }]);
  });

  it('that answers 410 is followed by a list, which finds what was missed', async () => {
    h.server.pages.push(page('90', { c: '1' }));
    h.server.watching.send(new HttpError(410));
    await h.clock.advance(800);
    expect(h.sink.log).toEqual(['list c=1', 'remove a']);
    expect(h.server.watching.request.resourceVersion).toBe('90');
    expect(h.reflector.hasSynced()).toBe(true);
    expect(h.troubles[0]?.relist).toBe(true);
  });

  it('that cannot even be opened is the same as one that breaks', async () => {
    let refusals = 2;
    h.server.onWatch = () => {
      refusals -= 1;
      if (refusals >= 0) {
        throw new HttpError(500);
      }
    };
    h.server.watching.send(undefined);
    await h.clock.advance(800 + 1_600);
    expect(h.troubles).toHaveLength(2);
    h.server.watching.send(event('ADDED', '11', 'b', '1'));
    await h.clock.settle();
    expect(h.sink.log).toEqual(['set b=1']);
  });

  it('that is silent for 150 seconds is given up, even if the transport does not listen', async () => {
    const dead = h.server.watching;
    await h.clock.advance(148_000);
    expect(h.server.watches).toHaveLength(1);
    expect(dead.request.signal.aborted).toBe(true);
    await h.clock.advance(800);
    expect(h.server.watches).toHaveLength(2);
    expect(h.server.watching.request.resourceVersion).toBe('10');
    expect(h.troubles[0]?.error).toEqual(new DeadlineExceeded('a watch without an event or bookmark', 150_000));
    dead.send(event('ADDED', '11', 'ghost', '1'));
    await h.clock.settle();
    expect(h.sink.log).toEqual([]);
  });

  it('that has nothing but bookmarks to tell lives on', async () => {
    for (let minute = 1; minute <= 10; minute += 1) {
      await h.clock.advance(60_000);
      h.server.watching.send(bookmark(String(10 + minute)));
    }
    await h.clock.settle();
    expect(h.server.watches).toHaveLength(1);
    expect(h.clock.timers).toBe(1);
  });

  it('that shows an older version than before means another history: everything is listed', async () => {
    h.server.watching.send(bookmark('1000'));
    h.server.watching.send(bookmark('999'));
    h.server.pages.push(page('1001', { z: '1' }));
    await h.clock.advance(800);
    expect(h.troubles[0]?.error).toEqual(new HistoryWentBack('1000', '999'));
    expect([...h.sink.things.keys()]).toEqual(['z']);
  });

  it('is followed also where versions cannot be compared', async () => {
    h.server.watching.send(bookmark('v9-b'));
    h.server.watching.send(event('ADDED', 'v9-a', 'b', '1'));
    h.server.watching.send(undefined);
    await h.clock.settle();
    expect(h.server.watching.request.resourceVersion).toBe('v9-a');
    expect(h.troubles).toEqual([]);
  });
});

describe('a watch that ends at once, again and again', () => {
  it('is opened ever more slowly, and after five times without a word everything is listed', async () => {
    h.server.onWatch = (watch) => watch.send(undefined);
    h.server.pages.push(page('50', {}));
    h.server.watching.send(undefined);
    await h.clock.advance(800 + 1_600 + 3_200 + 6_400 - 1);
    expect(h.server.watches).toHaveLength(1 + 4);
    expect(h.troubles[0]?.error).toBeInstanceOf(ShortWatch);
    await h.clock.advance(1 + 12_800);
    expect(h.troubles.map(({ relist }) => relist)).toEqual([false, false, false, false, true, false]);
    expect(h.server.watching.request.resourceVersion).toBe('50');
    await h.clock.advance(600_000);
    expect(h.server.watches.length).toBeLessThan(30);
  });

  it('is not listed again for as long as each brings something', async () => {
    let version = 10;
    h.server.onWatch = (watch) => {
      version += 1;
      watch.send(bookmark(String(version)));
      watch.send(undefined);
    };
    h.server.watching.send(undefined);
    await h.clock.advance(300_000);
    expect(h.server.watches.length).toBeGreaterThan(8);
    expect(h.server.lists).toHaveLength(1);
  });

  it('is forgiven after two minutes of health', async () => {
    h.server.watching.send(new HttpError(500));
    await h.clock.advance(800);
    h.server.watching.send(new HttpError(500));
    await h.clock.advance(1_600);
    h.server.watching.send(bookmark('20'));
    await h.clock.advance(121_000);
    h.server.watching.send(new HttpError(500));
    await h.clock.settle();
    expect(h.troubles.map(({ attempt }) => attempt)).toEqual([1, 2, 1]);
  });
});

describe('a sink that throws', () => {
  it('is reported and does not stop anything', async () => {
    h.sink.poison = 'bad';
    h.server.watching.send(event('ADDED', '11', 'bad', '1'));
    h.server.watching.send(event('ADDED', '12', 'b', '1'));
    await h.clock.settle();
    expect(h.defects).toEqual(['bad: Error: a bug in the sink']);
    expect(h.sink.log).toEqual(['set b=1']);
    expect(h.troubles).toEqual([]);
  });
});
