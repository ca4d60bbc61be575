import { beforeAll, describe, expect, it } from '@jest/globals';
import { seededRandom } from '../e2e/support/random.ts';
import { useStack } from '../support/stack.ts';
import { runLife } from './support/crash-run.ts';
import type { CrashRun } from './support/crash-run.ts';
import { describePoint } from './support/effect.ts';
import type { CrashPoint, Fate } from './support/effect.ts';
import { choosePoints, pointsOf } from './support/points.ts';
import { printReport } from './support/report.ts';

const stack = useStack();
const random = seededRandom();

/** Which of them (`choosePoints`); what comes without being asked for takes about a minute, since sleepers only wait. */
const WANTED: Readonly<Record<Fate, string>> = { dies: process.env['CRASH_POINTS'] ?? '36', sleeps: process.env['SLEEP_POINTS'] ?? '8' };
const ASKED_FOR = process.env['CRASH_POINTS'] !== undefined || process.env['SLEEP_POINTS'] !== undefined;
/** Lives at once: each waits more than it works, and one with a sleep in it hardly does anything else. */
const LANES: Readonly<Record<Fate, number>> = { dies: 4, sleeps: 8 };
/** A full run has some hundreds of lives. */
const ALL_LIVES_TIMEOUT_MS = 60 * 60_000;

/** @param done grows by their lives */
async function liveAll(fate: Fate, points: CrashPoint[], done: CrashRun[]): Promise<void> {
  const lane = async (): Promise<void> => {
    for (let point = points.shift(); point !== undefined; point = points.shift()) {
      done.push(await runLife(stack, point));
      if (ASKED_FOR && done.length % 25 === 0) process.stderr.write(`${done.length} lives in which it ${fate}, ${points.length} to go\n`);
    }
  };
  await Promise.all(Array.from({ length: LANES[fate] }, lane));
}

describe(`an operator (seed ${random.seed}, CRASH_POINTS=${WANTED.dies}, SLEEP_POINTS=${WANTED.sleeps})`, () => {
  let undisturbed: CrashRun;
  const runs: Record<Fate, readonly CrashRun[]> = { dies: [], sleeps: [] };
  const chosen: Record<Fate, number> = { dies: 0, sleeps: 0 };

  async function runAll(fate: Fate): Promise<void> {
    const { points, spare } = choosePoints(pointsOf(undisturbed.effects, fate), WANTED[fate], random);
    const done: CrashRun[] = [];
    chosen[fate] = points.length;
    await liveAll(fate, points, done);
    // What batches and time bring comes in other numbers on a busy machine: others are tried in place of those.
    const missed = done.filter(({ died }) => !died).length;
    await liveAll(fate, spare.slice(0, missed), done);
    runs[fate] = done;
    if (ASKED_FOR && done.length > 0) printReport(fate, undisturbed, done);
  }

  beforeAll(async () => {
    undisturbed = await runLife(stack, undefined);
    await Promise.all([runAll('dies'), runAll('sleeps')]);
  }, ALL_LIVES_TIMEOUT_MS);

  it('plays the life without a problem when nobody disturbs it', () => {
    expect(undisturbed.problems).toEqual([]);
  });

  it('writes to both sides, so that there is something to die of', () => {
    const names = undisturbed.effects.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['PATCH jobs/plain/status', 'INSERT INTO jobs', 'DELETE FROM jobs', 'COMMIT', 'DELETE jobs/swept-whole']));
  });

  describe.each<[Fate, string]>([
    ['dies', 'that dies at any of its effects'],
    ['sleeps', 'that falls asleep for 20 s between any two of its effects, while another one leads'],
  ])('(%s) %s', (fate) => {
    it('keeps every promise of the contract', () => {
      expect(runs[fate].flatMap(({ point, problems }) => brokenAt(point, problems))).toEqual([]);
    });

    it('did so where it was told to, but for effects that batches and time bring', () => {
      const met = runs[fate].filter(({ died }) => died).length;
      expect(met).toBeGreaterThanOrEqual(Math.floor((chosen[fate] * 3) / 4));
    });
  });
});

function brokenAt(point: CrashPoint | undefined, problems: readonly string[]): readonly string[] {
  return problems.length === 0 ? [] : [`${point === undefined ? '' : describePoint(point)}: ${problems.join('; ')}`];
}
