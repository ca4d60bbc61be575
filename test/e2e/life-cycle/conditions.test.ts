import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { conditionsOf } from '../support/jobs.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const stack = useStack();

interface Situation {
  readonly situation: string;
  readonly arrange: (scene: Scene, jobId: string) => Promise<unknown>;
  readonly phase: string;
  readonly conditions: Readonly<Record<string, string>>;
}

/** The contract's table, section 1. What is absent there is absent here. */
const SITUATIONS: readonly Situation[] = [
  {
    situation: 'waiting for a worker',
    arrange: () => Promise.resolve(),
    phase: 'Pending',
    conditions: { Ready: 'False Pending', Reconciling: 'True Pending', Complete: 'False Pending', Failed: 'False Pending' },
  },
  {
    situation: 'running',
    arrange: ({ rows }, jobId) => rows.progress(jobId, 10),
    phase: 'Running',
    conditions: { Ready: 'False Running', Reconciling: 'True Running', Complete: 'False Running', Failed: 'False Running' },
  },
  {
    situation: 'completed',
    arrange: ({ rows }, jobId) => rows.complete(jobId),
    phase: 'Completed',
    conditions: { Ready: 'True Completed', Complete: 'True Completed', Failed: 'False Completed' },
  },
  {
    situation: 'failed',
    arrange: ({ rows }, jobId) => rows.fail(jobId, 'the disk is full'),
    phase: 'Failed',
    conditions: { Ready: 'False JobFailed', Stalled: 'True JobFailed', Complete: 'False JobFailed', Failed: 'True JobFailed' },
  },
  {
    situation: 'cancelled, as the spec asked',
    arrange: ({ jobs }) => jobs.patch('cancelled-as-the-spec-asked', { spec: { cancel: true } }),
    phase: 'Cancelled',
    conditions: { Ready: 'True Cancelled', Complete: 'False Cancelled', Failed: 'True Cancelled' },
  },
  {
    situation: 'cancelled by somebody else',
    arrange: ({ rows }, jobId) => rows.set(jobId, { status: "'cancelled'", completed_at: 'NOW()' }),
    phase: 'Cancelled',
    conditions: { Ready: 'False Cancelled', Stalled: 'True Cancelled', Complete: 'False Cancelled', Failed: 'True Cancelled' },
  },
];

const nameOf = (situation: string): string => situation.replaceAll(/[^a-z]+/g, '-');

describe('the conditions of a Job', () => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await openScene(stack);
    await Promise.all(SITUATIONS.map(({ situation }) => scene.jobs.create(nameOf(situation))));
  }, SETUP_TIMEOUT_MS);

  it.each(SITUATIONS)('that is $situation', async ({ situation, arrange, phase, conditions }) => {
    const name = nameOf(situation);
    const accepted = await scene.jobs.until(name, 'to be accepted', ({ status }) => status.jobId !== undefined);
    await arrange(scene, accepted.metadata.uid);
    const job = await scene.jobs.until(name, `to be ${phase}`, ({ status }) => status.phase === phase);
    expect(conditionsOf(job)).toEqual({ ...conditions, Synced: 'True RowShown' });
    const shown = job.status.conditions ?? [];
    expect(shown.every((condition) => condition.observedGeneration === job.metadata.generation)).toBe(true);
    expect(job.status.observedGeneration).toBe(job.metadata.generation);
    expect(shown.every(({ message }) => message !== '')).toBe(true);
  });

  it("quote a failure's first line", async () => {
    const job = await scene.jobs.get('failed');
    expect(job.status.error).toBe('the disk is full');
    expect(job.status.conditions?.find(({ type }) => type === 'Ready')?.message).toBe('the disk is full');
  });

  it('keep the time of their last transition when only the reason changes', async () => {
    const before = await scene.jobs.get('running');
    const old = '2001-02-03T04:05:06Z';
    const conditions = before.status.conditions?.map((condition) => ({ ...condition, lastTransitionTime: old }));
    const path = `${scene.namespace.jobsPath}/running/status`;
    await stack.api.text('PATCH', path, { body: { status: { conditions } }, contentType: 'application/merge-patch+json' });
    await scene.rows.complete(before.metadata.uid);
    const after = await scene.jobs.untilPhase('running', 'Completed');
    const times = Object.fromEntries((after.status.conditions ?? []).map(({ type, lastTransitionTime }) => [type, lastTransitionTime]));
    expect(times).toMatchObject({ Failed: old, Synced: old });
    expect(times['Ready']).not.toBe(old);
    expect(times['Complete']).not.toBe(old);
  });
});
