/**
 * Random lives of a few Jobs, with crashes, outages, lost answers, lagging watches and two leaders at once, held to
 * the invariants of contract section 5. `FC_SEED` sets another seed, `FC_RUNS` another number of lives.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { World } from './model.ts';

const SEED = Number(process.env['FC_SEED'] ?? 20_270_115);
const RUNS = Number(process.env['FC_RUNS'] ?? 3000);

interface Command {
  readonly text: string;
  readonly run: (world: World) => void;
}

const command = (text: string, run: Command['run']): Command & { [fc.toStringMethod]: () => string } => ({ text, run, [fc.toStringMethod]: () => text });

const uid = fc.constantFrom('a', 'a', 'b');
const operatorProcess = fc.nat({ max: 1 });
const ttl = fc.constantFrom(undefined, 0, 0, 5, 3600);
const deletionPolicy = fc.constantFrom('Cancel' as const, 'Retain' as const, 'Delete' as const);
const ttlPolicy = fc.constantFrom('Row' as const, 'RowAndResource' as const);

const user = fc.oneof(
  fc.record({ id: uid, ttlSecondsAfterFinished: ttl, deletionPolicy, ttlPolicy, cancel: fc.boolean() }).map(({ id, ...spec }) =>
    command(`user creates ${id} ${JSON.stringify(spec)}`, (world) => world.create(id, { ...spec, cancel: false })),
  ),
  uid.map((id) => command(`user cancels ${id}`, (world) => world.change(id, { cancel: true }))),
  fc.tuple(uid, ttl).map(([id, seconds]) => command(`user sets the TTL of ${id} to ${seconds}`, (world) => world.change(id, { ttlSecondsAfterFinished: seconds }))),
  fc.tuple(uid, deletionPolicy).map(([id, policy]) => command(`user sets deletionPolicy of ${id} to ${policy}`, (world) => world.change(id, { deletionPolicy: policy }))),
  fc.tuple(uid, ttlPolicy).map(([id, policy]) => command(`user sets ttlPolicy of ${id} to ${policy}`, (world) => world.change(id, { ttlPolicy: policy }))),
  uid.map((id) => command(`user deletes ${id}`, (world) => world.delete(id))),
  uid.map((id) => command(`user deletes ${id}`, (world) => world.delete(id))),
  uid.map((id) => command(`user annotates ${id} with release`, (world) => world.release(id))),
  fc.tuple(uid, fc.boolean()).map(([id, held]) => command(`another controller ${held ? 'holds' : 'lets go of'} ${id}`, (world) => world.hold(id, held))),
);

const UPDATES = {
  starts: () => ({ status: 'running' as const }),
  'makes progress on': (world: World) => ({ status: 'running' as const, progress: world.log.length % 130 }),
  completes: (world: World) => ({ status: 'completed' as const, progress: 100, result: '{"ok":true}', completedAt: Math.floor(world.now) }),
  fails: (world: World) => ({ status: 'failed' as const, error: 'disk full', completedAt: Math.floor(world.now) }),
  'gives an expiry to': (world: World) => ({ ttlExpiresAt: Math.floor(world.now) - 1 }),
  'sets back to running': () => ({ status: 'running' as const, completedAt: null, error: null }),
};
const verb = fc.constantFrom(...(Object.keys(UPDATES) as (keyof typeof UPDATES)[]));

const worker = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(uid, verb, fc.boolean()).map(([id, does, careless]) => {
      const guarded = !careless && does !== 'sets back to running';
      return command(`worker ${does} ${id}${guarded ? '' : ' (unguarded)'}`, (world) => world.update(id, UPDATES[does](world), guarded));
    }),
  },
  { weight: 1, arbitrary: uid.map((id) => command(`somebody deletes the row of ${id}`, (world) => world.deleteByHand(id))) },
);

const circumstance = fc.oneof(
  fc.constantFrom(0.4, 1, 4, 9, 12, 25, 25, 4000).map((seconds) =>
    command(`${seconds} s go by`, (world) => {
      world.time += seconds;
    }),
  ),
  fc.boolean().map((up) =>
    command(`the database is ${up ? 'there' : 'away'}`, (world) => {
      world.databaseUp = up;
    }),
  ),
  fc.boolean().map((up) =>
    command(`the API server is ${up ? 'there' : 'away'}`, (world) => {
      world.apiUp = up;
    }),
  ),
);

const operator = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(operatorProcess, uid).map(([index, id]) =>
      command(`process ${index} reconciles ${id}`, (world) => {
        const process = world.processes[index % world.processes.length];
        if (world.apiUp) process?.hear();
        process?.reconcile(id);
        process?.finish(id);
      }),
    ),
  },
  { weight: 3, arbitrary: fc.tuple(operatorProcess, uid).map(([index, id]) => command(`process ${index} begins to reconcile ${id}`, (world) => world.processes[index % world.processes.length]?.reconcile(id))) },
  {
    weight: 8,
    arbitrary: fc.tuple(operatorProcess, fc.constantFrom('a', 'a', 'b', 'sweep'), fc.integer({ min: 1, max: 3 }), fc.nat({ max: 7 })).map(([index, key, steps, luck]) =>
      command(`process ${index} takes ${steps} steps with ${key}${luck === 0 ? ', the last answer lost' : ''}`, (world) => {
        for (let step = 1; step <= steps; step += 1) world.processes[index % world.processes.length]?.step(key, luck === 0 && step === steps);
      }),
    ),
  },
  { weight: 2, arbitrary: fc.tuple(operatorProcess, fc.constantFrom('a', 'a', 'b', 'sweep')).map(([index, key]) => command(`process ${index} has a request with ${key} answered slowly`, (world) => world.processes[index % world.processes.length]?.arrive(key))) },
  { weight: 2, arbitrary: fc.tuple(operatorProcess, fc.constantFrom('a', 'b', 'sweep')).map(([index, key]) => command(`process ${index} goes on with ${key}`, (world) => world.processes[index % world.processes.length]?.finish(key))) },
  { weight: 2, arbitrary: operatorProcess.map((index) => command(`process ${index} hears the watch`, (world) => (world.apiUp ? world.processes[index % world.processes.length]?.hear() : undefined))) },
  {
    weight: 2,
    arbitrary: operatorProcess.map((index) =>
      command(`process ${index} sweeps`, (world) => {
        world.processes[index % world.processes.length]?.sweep();
        world.processes[index % world.processes.length]?.finish('sweep');
      }),
    ),
  },
  { weight: 1, arbitrary: operatorProcess.map((index) => command(`process ${index} begins to sweep`, (world) => world.processes[index % world.processes.length]?.sweep())) },
  { weight: 1, arbitrary: fc.tuple(operatorProcess, fc.boolean()).map(([index, adrift]) => command(`process ${index} crashes${adrift ? ', its requests on their way' : ''}`, (world) => world.processes[index % world.processes.length]?.crash(adrift))) },
  { weight: 1, arbitrary: fc.constant(command('a late request arrives', (world) => world.deliverAdrift())) },
);

const life = fc.array(fc.oneof({ weight: 3, arbitrary: user }, { weight: 3, arbitrary: worker }, { weight: 2, arbitrary: circumstance }, { weight: 9, arbitrary: operator }), {
  maxLength: 60,
  size: 'max',
});

function live(world: World, commands: readonly Command[]): void {
  world.create('a', { ttlSecondsAfterFinished: 0 });
  world.create('b', {});
  for (const { text, run } of commands) {
    world.say(text);
    run(world);
  }
}

function holds(processes: number, defaultTtlSeconds: number | undefined, commands: readonly Command[]): void {
  const world = new World(processes, defaultTtlSeconds);
  live(world, commands);
  world.say('quiet');
  world.settle();
  world.checkSettled();

  const before = world.statusWrites + world.rowWrites;
  world.say('quiet again');
  world.round();
  world.round();
  if (world.statusWrites + world.rowWrites !== before) world.violated('a quiet system wrote something');
}

describe('whatever happens, in whatever order', () => {
  it.each([1, 2])('the invariants hold with %i process(es) at work', (processes) => {
    const property = fc.property(fc.constantFrom(undefined, 30), life, (defaultTtlSeconds, commands) => holds(processes, defaultTtlSeconds, commands));
    // Undefined, or the shortest sequence of commands that fails, with all that happened in it.
    expect(fc.defaultReportMessage(fc.check(property, { seed: SEED, numRuns: RUNS, includeErrorInReport: true }))).toBeUndefined();
  });
});
