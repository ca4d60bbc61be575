/** Two processes, both believing that they lead, one of which sleeps at the worst of moments: told with the model of the property test. */
import { describe, expect, it } from '@jest/globals';
import { World } from './model.ts';
import type { Process } from './model-process.ts';

interface Scene {
  readonly world: World;
  readonly awake: Process;
  readonly sleeper: Process;
}

/** A Job with its finalizer and no row, because the process that adopted it died. */
function aJobWithoutRow(): Scene {
  const scene = adopted(1);
  expect(scene.world.rows.has('a')).toBe(false);
  return scene;
}

/** A row that a worker completed long ago and that no status has named, because the process that inserted it died. */
function aForgottenRow(): Scene {
  const scene = adopted(2);
  const { world } = scene;
  expect(world.rows.has('a')).toBe(true);
  world.time += 60;
  world.update('a', { status: 'completed', completedAt: Math.floor(world.now) }, true);
  world.time += 60;
  return scene;
}

/** A process took so many of its steps with a new Job, then died. */
function adopted(steps: number): Scene {
  const world = new World(2);
  const [awake, sleeper] = world.processes;
  if (awake === undefined || sleeper === undefined) throw new Error('a world of two processes');
  world.create('a', { ttlSecondsAfterFinished: 0 });
  awake.hear();
  awake.reconcile('a');
  for (let step = 0; step < steps; step += 1) awake.step('a');
  awake.crash(false);
  sleeper.hear();
  return { world, awake, sleeper };
}

/** The other process shows the row's end and sweeps it. */
function showAndSweep({ world, awake }: Scene): void {
  awake.reconcile('a');
  awake.finish();
  world.time += 1;
  awake.sweep();
  awake.finish();
  expect(world.rows.has('a')).toBe(false);
}

describe('a job is not run a second time', () => {
  it.each([0, 1, 2, 3, 4])('by a process that slept after %i steps, while another showed its end and swept its row', (steps) => {
    const scene = aForgottenRow();
    scene.sleeper.reconcile('a');
    for (let step = 0; step < steps; step += 1) scene.sleeper.step('a');
    showAndSweep(scene);
    scene.world.time += 1;
    scene.sleeper.finish();
    expect(scene.world.rows.has('a')).toBe(false);
    scene.world.settle();
    scene.world.checkSettled();
  });

  it.each([0, 1, 2, 3, 4])('by a process that slept after %i steps, while the Job was deleted together with its row', (steps) => {
    const scene = aForgottenRow();
    const { world, awake, sleeper } = scene;
    world.change('a', { deletionPolicy: 'Delete' });
    sleeper.hear();
    sleeper.reconcile('a');
    for (let step = 0; step < steps; step += 1) sleeper.step('a');
    world.delete('a');
    awake.hear();
    awake.reconcile('a');
    awake.finish();
    expect([world.resources.has('a'), world.rows.has('a')]).toEqual([false, false]);
    world.time += 1;
    sleeper.finish();
    expect(world.rows.has('a')).toBe(false);
  });

  it('by a process that had seen the resource live before it found no row', () => {
    const scene = aForgottenRow();
    const { world, awake, sleeper } = scene;
    sleeper.reconcile('a');
    // It reads the row, stamps it, and reads it again.
    for (let step = 0; step < 3; step += 1) sleeper.step('a');
    world.change('a', { ttlPolicy: 'Row' });
    // The status write meets a conflict, and the resource is read anew.
    sleeper.step('a');
    sleeper.step('a');
    awake.hear();
    showAndSweep(scene);
    sleeper.finish();
    expect(world.rows.has('a')).toBe(false);
  });

  it('by a process that found no row, slept, and saw the resource live long after', () => {
    const { world, awake, sleeper } = aJobWithoutRow();
    sleeper.reconcile('a');
    sleeper.arrive('a');
    awake.reconcile('a');
    awake.step('a');
    awake.step('a');
    awake.step('a');
    world.update('a', { status: 'completed', completedAt: Math.floor(world.now) }, true);
    world.time += 15;
    // The absence is heard of, and the resource looked at: it names no row yet.
    sleeper.step('a');
    sleeper.step('a');
    awake.finish();
    world.time += 7;
    awake.sweep();
    awake.finish();
    expect(world.rows.has('a')).toBe(false);
    sleeper.finish();
    expect(world.rows.has('a')).toBe(false);
  });

  it.each((['Cancel', 'Delete'] as const).flatMap((deletionPolicy) => [1, 3, 9, 11, 25].map((late) => ({ deletionPolicy, late }))))(
    'by an INSERT that is $late s late, when the Job was deleted ($deletionPolicy) before its row existed',
    ({ deletionPolicy, late }) => {
      const world = new World(2);
      const [awake, sleeper] = world.processes;
      world.create('a', { deletionPolicy, ttlSecondsAfterFinished: 0 });
      sleeper?.hear();
      sleeper?.reconcile('a');
      sleeper?.step('a');
      sleeper?.crash(true);
      world.delete('a');
      awake?.hear();
      awake?.reconcile('a');
      awake?.finish();
      expect([world.resources.has('a'), world.rows.get('a')?.status]).toEqual([false, 'cancelled']);
      world.time += late;
      awake?.hear();
      awake?.sweep();
      awake?.finish();
      world.deliverAdrift();
      expect(world.rows.get('a')?.status).toBe(late > 20 ? undefined : 'cancelled');
    },
  );
});
