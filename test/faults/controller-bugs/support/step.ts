/** One step of a Job's life cycle, played with an operator that dies between two of its effects; the machinery is that of the crash points. */

import { disagreements } from '../../../e2e/support/agreement.ts';
import { rowIdOf } from '../../../e2e/support/jobs.ts';
import type { TestStack } from '../../../support/stack.ts';
import type { CrashPoint, Effect } from '../../support/effect.ts';
import { regressions } from '../../support/ends.ts';
import { untilNoProblem } from '../../support/life.ts';
import { createMortalOperator } from '../../support/mortal-operator.ts';
import { openStage } from '../../support/stage.ts';
import type { Stage } from '../../support/stage.ts';

export interface Step {
  /** A sentence. */
  readonly name: string;
  /** The deaths on the way to the worker's first word are left to another step, whose Job is accepted in the same way. */
  readonly acceptedElsewhere?: boolean;
  /** A violation of the rules for any row that is asked for here. */
  readonly allows?: RegExp;
  /** What users and workers do. Whatever is waited for comes whether or not the operator dies meanwhile. */
  readonly play: (stage: Stage) => Promise<void>;
  /** How it has to end: what is not so yet, a sentence each. Agreement and the rules of the contract are asked for besides. */
  readonly unfinished: (stage: Stage) => Promise<readonly string[]>;
}

export interface StepRun {
  /** Undefined: nobody died. */
  readonly point: CrashPoint | undefined;
  readonly died: boolean;
  readonly effects: readonly Effect[];
  /** A sentence each. */
  readonly problems: readonly string[];
}

/** Of a Job and its row: not the Lease, Events and migrations that every life has. */
const OF_THE_JOB = /^(?:PATCH jobs\/|DELETE jobs\/|INSERT INTO jobs(?:_tombstones)?$|UPDATE jobs:|DELETE FROM jobs$|COMMIT$|SELECT … FROM jobs )/;

/** The second status that is written shows that a worker is at it. */
const isAtWork = ({ name, occurrence }: Effect): boolean => /^PATCH jobs\/.*\/status$/.test(name) && occurrence === 2;

/** A death before the first effect, and one between each and the next. */
export function gapsOf(step: Step, effects: readonly Effect[]): CrashPoint[] {
  const all = effects.filter(({ name }) => OF_THE_JOB.test(name));
  const ofTheJob = step.acceptedElsewhere === true ? all.slice(all.findIndex(isAtWork) + 1) : all;
  const [first] = ofTheJob;
  return [...(first === undefined ? [] : [{ ...first, moment: 'before' as const }]), ...ofTheJob.map((effect) => ({ ...effect, moment: 'answered' as const }))];
}

export async function runStep(stack: TestStack, step: Step, point?: CrashPoint): Promise<StepRun> {
  const stage = await openStage(stack);
  const operator = await createMortalOperator(stack, stage, point, async () => undefined);
  let problems: readonly string[];
  try {
    operator.launch();
    await step.play(stage);
    problems = [...(await untilNoProblem(async () => [...(await step.unfinished(stage)), ...(await differences(stage))])), ...(await violations(stage, step))];
  } catch (error) {
    problems = [error instanceof Error ? error.message : String(error), ...(await violations(stage, step))];
  } finally {
    await operator.end();
    await stage.clear();
  }
  return { point, died: operator.isReborn(), effects: operator.effects(), problems };
}

/** Of those whose rows are there; how one without a row has to look is the step's to say. */
async function differences({ jobs, rows }: Stage): Promise<readonly string[]> {
  const resources = await jobs.list();
  const table = new Map((await rows.all()).map((row) => [row.job_id, row]));
  return resources.flatMap((job) => {
    const row = table.get(rowIdOf(job));
    return row === undefined ? [] : disagreements(job, row);
  });
}

async function violations({ audit, history }: Stage, { allows }: Step): Promise<readonly string[]> {
  const ofRows = (await audit.violations()).filter((violation) => allows?.test(violation) !== true);
  return [...ofRows, ...[...history.versions.values()].flatMap(regressions)];
}
