import { beforeAll, describe, expect, it } from '@jest/globals';
import { seededRandom } from '../e2e/support/random.ts';
import { useStack } from '../support/stack.ts';
import { runLife } from './support/crash-run.ts';
import type { CrashRun } from './support/crash-run.ts';
import { describePoint } from './support/effect.ts';
import { choosePoints, pointsOf } from './support/points.ts';
import { printReport } from './support/report.ts';

const stack = useStack();
const random = seededRandom();

/** Which of them (`choosePoints`); what comes without being asked for takes about a minute. */
const ASKED_FOR = process.env['CRASH_POINTS'];
const WANTED = ASKED_FOR ?? '36';
/** Lives at once: each waits more than it works. */
const LANES = 4;
/** A full run has some hundreds of lives. */
const ALL_LIVES_TIMEOUT_MS = 30 * 60_000;

describe(`an operator that dies at any of its effects (seed ${random.seed}, CRASH_POINTS=${WANTED})`, () => {
  let undisturbed: CrashRun;
  let runs: readonly CrashRun[];

  beforeAll(async () => {
    undisturbed = await runLife(stack, undefined);
    const points = choosePoints(pointsOf(undisturbed.effects), WANTED, random);
    const done: CrashRun[] = [];
    const lane = async (): Promise<void> => {
      for (let point = points.shift(); point !== undefined; point = points.shift()) {
        done.push(await runLife(stack, point));
        if (ASKED_FOR !== undefined && done.length % 25 === 0) process.stderr.write(`${done.length} deaths, ${points.length} to go\n`);
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    runs = done;
    if (ASKED_FOR !== undefined) printReport(undisturbed, runs);
  }, ALL_LIVES_TIMEOUT_MS);

  it('plays the life without a problem when nobody dies', () => {
    expect(undisturbed.problems).toEqual([]);
  });

  it('writes to both sides, so that there is something to die of', () => {
    const names = undisturbed.effects.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['PATCH jobs/plain/status', 'INSERT INTO jobs', 'DELETE FROM jobs', 'COMMIT', 'DELETE jobs/swept-whole']));
  });

  it('keeps every promise of the contract when another one takes its place', () => {
    const broken = runs.filter(({ problems }) => problems.length > 0).map(({ point, problems }) => `${point ? describePoint(point) : ''}: ${problems.join('; ')}`);
    expect(broken).toEqual([]);
  });

  it('died where it was told to, but for effects that batches and time bring', () => {
    const missed = runs.filter(({ died }) => !died).flatMap(({ point }) => point ?? []);
    expect(missed.length).toBeLessThanOrEqual(Math.ceil(runs.length / 5));
  });
});
