import { beforeAll, describe, expect, it } from '@jest/globals';
import { inLanes } from '../../../dev/lanes.ts';
import { conditionsOf } from '../../e2e/support/jobs.ts';
import type { Job } from '../../e2e/support/jobs.ts';
import { useStack } from '../../support/stack.ts';
import { describePoint } from '../support/effect.ts';
import type { Stage } from '../support/stage.ts';
import { gapsOf, runStep } from './support/step.ts';
import type { Step, StepRun } from './support/step.ts';

const stack = useStack();

/** Lives at once: each waits more than it works. */
const LANES = 4;
/** There are some thirty. */
const ALL_LIVES_TIMEOUT_MS = 30 * 60_000;
/** A death, a new start, and a busy machine. */
const DEADLINE_MS = 120_000;

const NAME = 'the-job';
const RESULT = '{"url": "https://copy.example.com"}';

/** @returns the Job when a worker is at it; its row is old enough to be removed */
async function bringToWork({ jobs, rows }: Stage, spec: object): Promise<Job> {
  await jobs.create(NAME, spec);
  const { status } = await jobs.until(NAME, 'to be accepted', (job) => job.status.jobId !== undefined, DEADLINE_MS);
  await rows.set(status.jobId ?? '', { status: "'running'", progress: '40', created_at: 'created_at - INTERVAL 60 SECOND' });
  return jobs.until(NAME, 'to be Running', (job) => job.status.phase === 'Running', DEADLINE_MS);
}

async function rowsLeft({ rows }: Stage): Promise<readonly string[]> {
  return (await rows.all()).map(({ status, ttl_expires_at }) => `${status}, ${ttl_expires_at === null ? 'stays' : 'expires'}`);
}

async function differsFrom(what: string, found: unknown, expected: unknown): Promise<readonly string[]> {
  return JSON.stringify(found) === JSON.stringify(expected) ? [] : [`${what}: ${JSON.stringify(found)}, not ${JSON.stringify(expected)}`];
}

const STEPS: readonly Step[] = [
  {
    name: 'accepted, completed, swept: the Job shows the outcome, and that its row expired',
    async play(stage) {
      const { status } = await bringToWork(stage, { ttlSecondsAfterFinished: 0 });
      await stage.rows.complete(status.jobId ?? '', RESULT);
      await stage.rows.untilGone(status.jobId ?? '', DEADLINE_MS);
    },
    async unfinished(stage) {
      const [job] = await stage.jobs.list();
      const shown = job === undefined ? 'nothing' : [job.status.phase, job.status.result, conditionsOf(job)['Synced']];
      return [...(await differsFrom('the Job shows', shown, ['Completed', JSON.parse(RESULT), 'False Expired'])), ...(await differsFrom('rows', await rowsLeft(stage), []))];
    },
  },
  {
    name: 'a keyed one, swept together with its Job: a tombstone is left, and the next Job of the key shows it',
    async play(stage) {
      const spec = { ttlSecondsAfterFinished: 0, ttlPolicy: 'RowAndResource', idempotencyKey: 'once' };
      const { status } = await bringToWork(stage, spec);
      await stage.rows.complete(status.jobId ?? '', RESULT);
      await stage.jobs.untilGone(NAME, DEADLINE_MS);
      await stage.jobs.create(NAME, spec);
    },
    async unfinished(stage) {
      const [job] = await stage.jobs.list();
      const shown = job === undefined ? 'nothing' : [job.status.phase, job.status.result, conditionsOf(job)['Synced']];
      return [...(await differsFrom('the Job shows', shown, ['Completed', JSON.parse(RESULT), 'False Expired'])), ...(await differsFrom('rows', await rowsLeft(stage), []))];
    },
  },
  {
    acceptedElsewhere: true,
    name: 'cancelled, then deleted: the row is cancelled and expires, and no finalizer holds the Job',
    async play(stage) {
      await bringToWork(stage, { ttlSecondsAfterFinished: 3_600 });
      await stage.jobs.patch(NAME, { spec: { cancel: true } });
      await stage.jobs.until(NAME, 'to be Cancelled', ({ status }) => status.phase === 'Cancelled', DEADLINE_MS);
      await stage.jobs.delete(NAME);
      await stage.jobs.untilGone(NAME, DEADLINE_MS);
    },
    unfinished: async (stage) => differsFrom('rows', await rowsLeft(stage), ['cancelled, expires']),
  },
  {
    acceptedElsewhere: true,
    allows: / was deleted while running$/,
    name: 'deleted at work, with its keyed row: row and Job go, and the key is taken for good',
    async play(stage) {
      const spec = { deletionPolicy: 'Delete', idempotencyKey: 'once' };
      await bringToWork(stage, spec);
      await stage.jobs.delete(NAME);
      await stage.jobs.untilGone(NAME, DEADLINE_MS);
      await stage.jobs.create(NAME, spec);
    },
    async unfinished(stage) {
      const [job] = await stage.jobs.list();
      return [...(await differsFrom('the Job shows', job?.status.phase, 'Cancelled')), ...(await differsFrom('rows', await rowsLeft(stage), []))];
    },
  },
];

/** Intermediate state: the operator dies between two effects that belong together, and another one finds what is half done. */
describe('an operator that dies between every two effects of a step', () => {
  const runs = new Map<Step, StepRun[]>();

  beforeAll(async () => {
    await inLanes(STEPS.length, LANES, async (index) => {
      const step = STEPS[index] as Step;
      runs.set(step, [await runStep(stack, step)]);
    });
    const deaths = STEPS.flatMap((step) => gapsOf(step, runs.get(step)?.[0]?.effects ?? []).map((point) => ({ step, point })));
    await inLanes(deaths.length, LANES, async (index) => {
      const { step, point } = deaths[index] as (typeof deaths)[number];
      runs.get(step)?.push(await runStep(stack, step, point));
    });
  }, ALL_LIVES_TIMEOUT_MS);

  it.each(STEPS)('$name', (step) => {
    const ofStep = runs.get(step) ?? [];
    const problems = ofStep.flatMap((run) => run.problems.map((problem) => `${run.point === undefined ? 'nobody died' : describePoint(run.point)}: ${problem}`));
    expect(problems).toEqual([]);
  });

  it.each(STEPS)('a death in each gap, but for effects that time brings ($name)', (step) => {
    const deaths = (runs.get(step) ?? []).filter(({ point }) => point !== undefined);
    const missed = deaths.filter(({ died }) => !died).flatMap(({ point }) => (point === undefined ? [] : [describePoint(point)]));
    expect(deaths.length).toBeGreaterThanOrEqual(4);
    expect(missed.length).toBeLessThanOrEqual(1);
  });
});
