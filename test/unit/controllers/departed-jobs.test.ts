import { describe, expect, it } from '@jest/globals';
import type { JobResource, JobSpec } from '../../../src/job/resource.ts';
import { KEYS, UID, aJob, aJobShowing, aRow } from '../job/builders.ts';
import { identityOf } from '../../../src/job/identity.ts';
import { World, fails } from './world.ts';

/** The API server has removed it, finalizer or not, and the watch says so. @param as what it was then, where that is not as it was known */
function vanish(world: World, as: Partial<JobResource> = {}): void {
  const known = world.live;
  if (known === null) throw new Error('it has gone before');
  world.live = null;
  world.cache.remove(UID);
  world.departed.note({ ...known, ...as });
}

/** The finalizer is written, and the API server removes the Job all the same while its row is written. */
async function deletedDuringTheInsert(spec: Partial<JobSpec> = {}): Promise<World> {
  const world = new World(aJob({ finalizers: [], spec }), null);
  world.before['insert'] = () => vanish(world);
  await world.reconcile();
  return world;
}

/** A Job with its row, which a worker has not taken yet. */
async function accepted(spec: Partial<JobSpec> = {}): Promise<World> {
  const world = new World(aJob({ finalizers: [], spec }), null);
  await world.reconcile();
  world.log.length = 0;
  return world;
}

/** Of the row, once the departure has been looked at. */
async function afterwards(world: World): Promise<string | undefined> {
  await world.reconcile();
  return world.row?.status;
}

describe('a Job that its finalizer could not hold', () => {
  it('has the row cancelled that was written meanwhile', async () => {
    const world = await deletedDuringTheInsert();
    expect(world.row?.status).toBe('cancelled');
    expect(world.log).toEqual(['finalizers', 'insert', 'read', 'get', 'read', 'cancel', 'read']);
  });

  it('gets no row any more when it went before the INSERT', async () => {
    const world = new World(aJob({ finalizers: [] }), null);
    world.before['finalizers'] = () => world.cache.remove(UID);
    await world.reconcile();
    expect(world.inserts).toEqual([]);
  });

  it('leaves its row to run on under Retain', async () => {
    const world = await deletedDuringTheInsert({ deletionPolicy: 'Retain' });
    expect(world.row?.status).toBe('pending');
  });

  it('has its row cancelled and made to expire as soon as it is old enough under Delete', async () => {
    const { row } = await deletedDuringTheInsert({ deletionPolicy: 'Delete' });
    expect(row).toMatchObject({ status: 'cancelled', ttlExpiresAt: (row?.createdAt ?? 0) + 20 });
  });

  it('has its row cancelled whoever wrote it, and is queued for that', async () => {
    const world = new World(aJobShowing(aRow()), aRow());
    vanish(world);
    expect(world.enqueued).toEqual([UID]);
    await expect(afterwards(world)).resolves.toBe('cancelled');
  });

  it('has the row of its key cancelled', async () => {
    const world = await accepted({ idempotencyKey: 'shop-42' });
    vanish(world);
    await expect(afterwards(world)).resolves.toBe('cancelled');
    expect(world.row?.jobId).toBe(identityOf(aJob({ spec: { idempotencyKey: 'shop-42' } }), KEYS.clusterName));
  });

  it('is treated by the deletionPolicy that it had in the end', async () => {
    const world = await accepted();
    vanish(world, { spec: { ...aJob().spec, deletionPolicy: 'Retain' } });
    await expect(afterwards(world)).resolves.toBe('pending');
  });

  it('is waited for until no INSERT of it can come any more', async () => {
    const world = new World(aJob({ finalizers: [] }), null);
    world.before['insert'] = () => {
      vanish(world);
      fails('DATABASE_UNAVAILABLE')();
    };
    await expect(world.reconcile()).rejects.toThrow('told to fail');
    await expect(world.reconcile()).resolves.toEqual({ kind: 'requeue', afterMs: 30_000 });
    world.row = aRow();
    await world.clock.advance(30_000);
    await expect(afterwards(world)).resolves.toBe('cancelled');
  });

  it('is kept while the database is away, for as long as that takes', async () => {
    const world = await accepted();
    vanish(world);
    world.down = true;
    await expect(world.reconcile()).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    expect(world.log).toEqual(['get']);
    await world.clock.advance(3_600_000);
    world.down = false;
    await expect(afterwards(world)).resolves.toBe('cancelled');
  });

  it('is kept into a new term when it went a moment before', async () => {
    const world = await accepted();
    vanish(world);
    await world.clock.advance(59_000);
    world.departed.forget();
    await expect(afterwards(world)).resolves.toBe('cancelled');
  });

  it('is looked at once', async () => {
    const world = await deletedDuringTheInsert();
    world.log.length = 0;
    await world.reconcile();
    expect(world.log).toEqual([]);
  });
});

describe('the row is left alone', () => {
  it('when its Job has but left the selection', async () => {
    const world = await accepted();
    const { live } = world;
    vanish(world);
    world.live = live;
    await expect(afterwards(world)).resolves.toBe('pending');
    world.live = null;
    await expect(afterwards(world)).resolves.toBe('pending');
  });

  it('when its Job is watched again', async () => {
    const world = await accepted();
    const { live } = world;
    vanish(world);
    if (live !== null) world.cache.upsert({ ...live, resourceVersion: '300' }, false);
    world.live = live;
    await world.reconcile();
    world.live = null;
    world.cache.remove(UID);
    await expect(afterwards(world)).resolves.toBe('pending');
  });

  it('when its Job came back before anybody had looked, and was let go then', async () => {
    const world = await accepted();
    const { live } = world;
    vanish(world);
    world.live = live;
    vanish(world, { deleting: true });
    await expect(afterwards(world)).resolves.toBe('pending');
  });

  it('when a list is all that says that its Job has gone: another process may have let it go, or the store has lost it', async () => {
    const world = await accepted();
    world.live = null;
    world.cache.remove(UID);
    await expect(afterwards(world)).resolves.toBe('pending');
  });

  it.each([{ deleting: true }, { finalizers: [] }])('when its Job went with %j: that was looked at, or wants nothing of the operator', async (as) => {
    const world = await accepted();
    vanish(world, as);
    await expect(afterwards(world)).resolves.toBe('pending');
  });

  it('when nobody could ask for a minute whether its Job has gone', async () => {
    const world = await accepted();
    vanish(world);
    world.before['get'] = fails('API_UNAVAILABLE');
    await expect(world.reconcile()).rejects.toThrow('told to fail');
    delete world.before['get'];
    await world.clock.advance(60_000);
    await expect(afterwards(world)).resolves.toBe('pending');
  });

  it('when others may have led since', async () => {
    const world = await accepted();
    vanish(world);
    world.leading = false;
    await expect(world.reconcile()).rejects.toMatchObject({ code: 'LEADERSHIP_LOST' });
    await world.clock.advance(60_000);
    world.departed.forget();
    world.leading = true;
    await expect(afterwards(world)).resolves.toBe('pending');
  });

  it('when it is of the key of a Job that had not been accepted, and may be another’s', async () => {
    const spec = { ...aJob().spec, idempotencyKey: 'shop-42' };
    const jobId = identityOf(aJob({ spec }), KEYS.clusterName);
    const world = new World(aJob({ spec }), aRow({ jobId }));
    vanish(world);
    await expect(afterwards(world)).resolves.toBe('pending');
  });

  it('when it is not the Job’s own, but one that its status names', async () => {
    const world = new World(aJobShowing(aRow({ jobId: 'of-another' })), aRow({ jobId: 'of-another' }));
    vanish(world);
    await expect(afterwards(world)).resolves.toBe('pending');
  });
});
