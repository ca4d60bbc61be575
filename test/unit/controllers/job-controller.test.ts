import { describe, expect, it } from '@jest/globals';
import { NOW, UID, aFinishedRow, aJob, aJobShowing, aRow } from '../job/builders.ts';
import { OperatorError } from '../../../src/errors.ts';
import { World, fails } from './world.ts';

describe('a reconcile', () => {
  it('takes a new Job in by finalizer, row and status, in this order', async () => {
    const world = new World(aJob({ finalizers: [] }), null);
    await world.reconcile();
    expect(world.log).toEqual(['finalizers', 'insert', 'read', 'status', 'event Accepted']);
    expect(world.live?.status.jobId).toBe(UID);
  });

  it('gives an INSERT ten seconds from the finalizer write, by the database clock', async () => {
    const world = new World(aJob({ finalizers: [] }), null);
    await world.reconcile();
    expect(world.inserts.map(({ deadline }) => deadline)).toEqual([NOW + 10]);
  });

  it('counts the ten seconds from before a look that took long', async () => {
    const world = new World(aJob(), null);
    world.before['get'] = () => world.clock.advance(5_000);
    await world.reconcile();
    expect(world.inserts.map(({ deadline }) => deadline)).toEqual([NOW + 5]);
  });

  it('begins no INSERT with less than two seconds left', async () => {
    const world = new World(aJob(), null);
    let looks = 0;
    world.before['get'] = async () => {
      looks += 1;
      if (looks === 1) await world.clock.advance(8_001);
    };
    await world.reconcile();
    expect(world.log.filter((step) => step === 'get')).toHaveLength(2);
    expect(world.inserts).toHaveLength(1);
  });

  it('takes a later loss for a loss once a row that it had removed was there again', async () => {
    const row = aFinishedRow('completed');
    const world = new World(aJobShowing(row), row);
    const entry = world.cache.get(UID);
    if (entry !== undefined) entry.removedByUs = true;
    await world.reconcile();
    world.row = null;
    await expect(world.reconcile()).resolves.toMatchObject({ kind: 'requeue' });
  });

  it('looks at the live resource, after its row was found absent, before an INSERT that no finalizer write precedes', async () => {
    const world = new World(aJob(), null);
    await world.reconcile();
    expect(world.log.slice(0, 3)).toEqual(['read', 'get', 'insert']);
  });

  it('writes no row for a Job that turns out to be gone', async () => {
    const world = new World(aJob(), null);
    world.live = null;
    await world.reconcile();
    expect(world.inserts).toEqual([]);
    expect(world.cache.get(UID)).toBeUndefined();
  });

  it('writes no row for a Job that is another one by now', async () => {
    const world = new World(aJob(), null);
    world.live = aJob({ uid: 'another', resourceVersion: '200' });
    await world.reconcile();
    expect(world.inserts).toEqual([]);
  });

  it('does nothing when the resource shows its row', async () => {
    const row = aRow();
    const world = new World(aJobShowing(row), row);
    await expect(world.reconcile()).resolves.toEqual({ kind: 'done' });
    expect(world.log).toEqual(['read']);
  });

  it('reads both again after a conflict, and writes what is true then', async () => {
    const world = new World(aJobShowing(aRow()), aRow({ status: 'running' }));
    world.before['status'] = () => {
      world.before = {};
      world.live = { ...aJobShowing(aRow()), resourceVersion: '150' };
      world.row = aFinishedRow('completed');
    };
    await world.reconcile();
    expect(world.log).toEqual(['read', 'status', 'get', 'read', 'status', 'event Completed']);
    expect(world.statuses.map(({ phase }) => phase)).toEqual(['Completed']);
  });

  it('does not rest a status on a row that was read before the version it is written on was known', async () => {
    const world = new World(aJobShowing(aRow()), aRow({ status: 'running' }));
    world.before['read'] = () => {
      world.before = {};
      // While the read is on its way, another process shows a newer row.
      world.row = aFinishedRow('failed');
      world.live = { ...aJobShowing(world.row), resourceVersion: '150' };
      world.cache.upsert(world.live, false);
    };
    await world.reconcile();
    expect(world.log).toEqual(['read', 'read']);
  });

  it('shows a row that the feed has just read without reading it again', async () => {
    const row = aRow({ status: 'running', progress: 40 });
    const world = new World(aJobShowing(aRow()), row);
    world.feedReads(row);
    await world.reconcile();
    expect(world.log).toEqual(['status', 'event Started']);
    expect(world.statuses.map(({ progress }) => progress)).toEqual([40]);
  });

  it('does not rest a status on a row that the feed asked for before the version it is written on was known', async () => {
    const world = new World(aJobShowing(aRow()), aFinishedRow('failed'));
    world.feedReads(aRow({ status: 'running' }), () => {
      // Another process shows a newer row.
      world.live = { ...aJobShowing(aFinishedRow('failed')), resourceVersion: '150' };
      world.cache.upsert(world.live, false);
    });
    await world.reconcile();
    expect(world.log).toEqual(['read']);
  });

  it('reads a row anew after its own status, whatever the feed asked for before that', async () => {
    const row = aRow({ status: 'running', progress: 40 });
    const world = new World(aJobShowing(aRow()), row);
    world.feedReads(row);
    world.before['status'] = () => world.feedReads(aRow({ status: 'running', progress: 30 }));
    await world.reconcile();
    world.before = {};
    await world.reconcile();
    expect(world.log).toEqual(['status', 'event Started', 'read']);
  });

  it('reads the row of a key by itself, with the digest of its payload', async () => {
    const row = aRow({ status: 'running', progress: 40 });
    const world = new World(aJobShowing(aRow(), { spec: { ...aJob().spec, idempotencyKey: 'key' } }), row);
    world.feedReads(row);
    await world.reconcile();
    expect(world.log).toEqual(['read', 'status', 'event Started']);
  });

  it('reads by itself what became of what it did', async () => {
    const row = aRow({ status: 'running' });
    const world = new World(aJobShowing(row, { spec: { ...aJob().spec, cancel: true } }), row);
    world.feedReads(row);
    world.before['cancel'] = () => world.feedReads(row);
    await world.reconcile();
    expect(world.log).toEqual(['cancel', 'read', 'status', 'event Cancelled']);
  });

  it('does not take a row that was read before its removal for one that is there', async () => {
    const row = aFinishedRow('completed');
    const world = new World(aJobShowing(row), null);
    world.feedReads(row);
    const entry = world.cache.get(UID);
    if (entry !== undefined) entry.removedByUs = true;
    await world.reconcile();
    expect(world.log[0]).toBe('read');
    expect(entry?.removedByUs).toBe(true);
  });

  it('shows a refused payload as Stalled, and offers the row again after ten minutes', async () => {
    const world = new World(aJob({ finalizers: [] }), null);
    world.before['insert'] = fails('ROW_REFUSED');
    await expect(world.reconcile()).resolves.toEqual({ kind: 'requeue', afterMs: 600_000 });
    expect(world.live?.status.conditions).toContainEqual(expect.objectContaining({ type: 'Stalled', status: 'True', reason: 'PayloadRefused' }));
    world.before = {};
    await world.clock.advance(600_001);
    await world.reconcile();
    await world.reconcile();
    expect(world.live?.status.phase).toBe('Pending');
  });

  it('leaves the result out when the API server finds the object too large, and does not try again with it', async () => {
    const row = aFinishedRow('completed', { result: '{"a":1}' });
    const world = new World(aJobShowing(aRow()), row);
    world.before['status'] = () => {
      world.before = {};
      throw new OperatorError('API_TOO_LARGE', 'told to fail');
    };
    await world.reconcile();
    await world.reconcile();
    expect(world.statuses.map(({ result }) => result)).toEqual([undefined]);
    expect(world.log.filter((step) => step === 'status')).toHaveLength(2);
  });

  it('throws while the database is away, and writes nothing', async () => {
    const world = new World(aJobShowing(aRow()), aRow());
    world.down = true;
    await expect(world.reconcile()).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    expect(world.log).toEqual([]);
  });

  it('says of a deletion that it waits for the database, once', async () => {
    const world = new World(aJobShowing(aRow(), { deleting: true }), aRow());
    world.down = true;
    await expect(world.reconcile()).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    await expect(world.reconcile()).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    expect(world.log).toEqual(['status', 'event DeletionWaiting']);
  });

  it('does not take one broken connection for an outage', async () => {
    const world = new World(aJobShowing(aRow(), { deleting: true, release: true }), aRow());
    world.before['read'] = fails('DATABASE_UNAVAILABLE');
    await expect(world.reconcile()).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    expect(world.log).toEqual(['read']);
  });

  it('shows the row although the database takes no stamp, and throws so that the stamp follows', async () => {
    const world = new World(aJobShowing(aRow(), { spec: { ttlSecondsAfterFinished: 120 } }), aFinishedRow('completed', { updatedAt: NOW - 60 }));
    world.before['stamp'] = fails('DATABASE_READ_ONLY');
    await expect(world.reconcile()).rejects.toMatchObject({ code: 'DATABASE_READ_ONLY' });
    expect(world.statuses.map(({ phase }) => phase)).toEqual(['Completed']);
  });

  it('begins no effect any more once the Lease is lost', async () => {
    const world = new World(aJobShowing(aRow()), aFinishedRow('completed'));
    world.before['read'] = () => {
      world.leading = false;
    };
    await expect(world.reconcile()).rejects.toMatchObject({ code: 'LEADERSHIP_LOST' });
    expect(world.log).toEqual(['read']);
  });

  it('lets progress wait for its budget', async () => {
    const row = aRow({ status: 'running' });
    const world = new World(aJobShowing(row), { ...row, progress: 10 });
    await world.reconcile();
    world.row = { ...row, progress: 20 };
    await expect(world.reconcile()).resolves.toEqual({ kind: 'requeue', afterMs: 1000 });
    await world.clock.advance(1000);
    await world.reconcile();
    expect(world.statuses.map(({ progress }) => progress)).toEqual([10, 20]);
  });

  it('gives up a quarrel with another writer, and leaves it to the back-off', async () => {
    const world = new World(aJobShowing(aRow()), aRow({ status: 'running' }));
    let version = 200;
    world.before['status'] = () => {
      version += 1;
      world.live = { ...aJobShowing(aRow()), resourceVersion: String(version) };
    };
    await expect(world.reconcile()).rejects.toMatchObject({ code: 'API_CONFLICT' });
  });

  it('accepts a keyed Job after a look at all who share its key', async () => {
    const world = new World(aJob({ finalizers: [], spec: { idempotencyKey: 'shop-42' } }), null);
    await world.reconcile();
    expect(world.log.slice(0, 5)).toEqual(['finalizers', 'read', 'get', 'withKey', 'insert']);
    expect(world.inserts.map(({ keyed }) => keyed)).toEqual([true]);
  });

  it('stalls a keyed Job while an older one lives, and takes it in afterwards', async () => {
    const world = new World(aJob({ spec: { idempotencyKey: 'shop-42' } }), null);
    world.rivals = [aJob({ uid: '0', name: 'first', spec: { idempotencyKey: 'shop-42' } })];
    await expect(world.reconcile()).resolves.toEqual({ kind: 'requeue', afterMs: 10_000 });
    expect(world.inserts).toEqual([]);
    world.rivals = [];
    await world.clock.advance(10_000);
    await world.reconcile();
    expect(world.live?.status.phase).toBe('Pending');
  });
});
