import { describe, expect, it } from '@jest/globals';
import type { JobSpec } from '../../../src/job/resource.ts';
import { UID, aJob, aJobShowing, aRow } from '../job/builders.ts';
import { World, fails } from './world.ts';

/** The finalizer is written, and the API server removes the Job all the same while its row is written. */
async function deletedDuringTheInsert(spec: Partial<JobSpec> = {}): Promise<World> {
  const world = new World(aJob({ finalizers: [], spec }), null);
  world.before['insert'] = () => vanish(world);
  await world.reconcile();
  return world;
}

function vanish(world: World): void {
  world.live = null;
  world.cache.remove(UID);
}

describe('a Job that its finalizer could not hold any more', () => {
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

  it('has its row cancelled also when it goes a minute after the INSERT, and is queued for that', async () => {
    const world = new World(aJob({ finalizers: [] }), null);
    await world.reconcile();
    await world.clock.advance(60_000);
    vanish(world);
    expect(world.enqueued).toEqual([UID]);
    await world.reconcile();
    expect(world.row?.status).toBe('cancelled');
  });

  it('is waited for until its INSERT is too late, when the answer of that was lost', async () => {
    const world = new World(aJob({ finalizers: [] }), null);
    world.before['insert'] = () => {
      vanish(world);
      fails('DATABASE_UNAVAILABLE')();
    };
    await expect(world.reconcile()).rejects.toThrow('told to fail');
    await expect(world.reconcile()).resolves.toEqual({ kind: 'requeue', afterMs: 12_000 });
    world.row = aRow();
    await world.clock.advance(12_000);
    await expect(world.reconcile()).resolves.toEqual({ kind: 'done' });
    expect(world.row.status).toBe('cancelled');
  });

  it('is kept while the database is away', async () => {
    const world = new World(aJob({ finalizers: [] }), null);
    await world.reconcile();
    vanish(world);
    world.down = true;
    world.log.length = 0;
    await expect(world.reconcile()).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    expect(world.log).toEqual(['get']);
    world.down = false;
    await world.reconcile();
    expect(world.row?.status).toBe('cancelled');
  });

  it('is looked at once', async () => {
    const world = await deletedDuringTheInsert();
    world.log.length = 0;
    await world.reconcile();
    expect(world.log).toEqual([]);
  });
});

/** Of the row, once the departure has been looked at. */
async function afterwards(world: World): Promise<{ readonly status: string | undefined; readonly steps: readonly string[] }> {
  world.log.length = 0;
  await world.reconcile();
  return { status: world.row?.status, steps: world.log.filter((step) => step !== 'get' && step !== 'withKey') };
}

describe('the row is left alone', () => {
  const UNTOUCHED = { status: 'pending', steps: [] };

  it('when its Job has but left the selection', async () => {
    const world = new World(aJob({ finalizers: [] }), null);
    await world.reconcile();
    world.cache.remove(UID);
    await expect(afterwards(world)).resolves.toEqual(UNTOUCHED);
  });

  it('when another Job of its key has it by now', async () => {
    const world = new World(aJob({ finalizers: [], spec: { idempotencyKey: 'shop-42' } }), null);
    await world.reconcile();
    vanish(world);
    world.rivals = [aJob({ uid: 'another', name: 'later', spec: { idempotencyKey: 'shop-42' } })];
    await expect(afterwards(world)).resolves.toEqual(UNTOUCHED);
  });

  it('when its Job went more than two minutes after the INSERT: that is no deletion that was under way', async () => {
    const world = new World(aJob({ finalizers: [] }), null);
    await world.reconcile();
    await world.clock.advance(120_001);
    vanish(world);
    await expect(afterwards(world)).resolves.toEqual(UNTOUCHED);
  });

  it('when its Job was accepted by another process, or before this one led', async () => {
    const world = new World(aJobShowing(aRow()), aRow());
    await world.reconcile();
    vanish(world);
    await expect(afterwards(world)).resolves.toEqual(UNTOUCHED);
  });

  it('when its Job was seen being deleted, or without the finalizer: that was somebody’s will', async () => {
    for (const seen of [{ deleting: true }, { finalizers: [] }]) {
      const world = new World(aJob({ finalizers: [] }), null);
      await world.reconcile();
      const { job } = world.cache.get(UID) ?? {};
      if (job === undefined) throw new Error('it was accepted');
      world.cache.apply({ ...job, ...seen });
      vanish(world);
      await expect(afterwards(world)).resolves.toEqual(UNTOUCHED);
    }
  });
});
