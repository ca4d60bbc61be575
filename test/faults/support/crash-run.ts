/** One life with one death in it, or one deep sleep, and what was wrong with it. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { TestStack } from '../../support/stack.ts';
import type { CrashPoint, Effect } from './effect.ts';
import { unfinishedEnds, versionsOf, violations } from './ends.ts';
import { actAtDeath, playLife, prepareLife, untilNoProblem } from './life.ts';
import { createMortalOperator } from './mortal-operator.ts';
import type { MortalOperator } from './mortal-operator.ts';
import { openStage } from './stage.ts';
import type { Stage } from './stage.ts';

export interface CrashRun {
  /** Undefined: nobody died. */
  readonly point: CrashPoint | undefined;
  /** Whether the operator came to the point, and died or fell asleep there. */
  readonly died: boolean;
  /** What the operator did up to its death, or end. */
  readonly effects: readonly Effect[];
  /** A sentence each. */
  readonly problems: readonly string[];
}

/** More than a sweep and many looks of the feed. Not a wait for something: the test is that it does not come. */
const QUIET_MS = 1_300;

export async function runLife(stack: TestStack, point: CrashPoint | undefined): Promise<CrashRun> {
  const stage = await openStage(stack);
  const operator = await createMortalOperator(stack, stage, point, () => actAtDeath(stage));
  let problems: readonly string[];
  try {
    problems = await problemsOfLife(stage, operator, point);
  } catch (error) {
    problems = [error instanceof Error ? error.message : String(error), ...(await stage.audit.violations())];
  } finally {
    await operator.end();
    await stage.clear();
  }
  return { point, died: operator.isReborn(), effects: operator.effects(), problems };
}

async function problemsOfLife(stage: Stage, operator: MortalOperator, point: CrashPoint | undefined): Promise<readonly string[]> {
  const prepared = await prepareLife(stage);
  operator.launch();
  const ids = await playLife(stage, prepared);
  const ends = async (): Promise<readonly string[]> => {
    const missing = await untilNoProblem(() => unfinishedEnds(stage, ids));
    return [...missing, ...(await violations(stage, ids))];
  };
  const problems = [...(await ends())];
  // What a sleeper does in the middle of must be what was wanted, or nothing.
  if (await operator.awake()) problems.push(...(await ends()));
  const before = await versionsOf(stage, ids);
  await sleep(QUIET_MS);
  const after = await versionsOf(stage, ids);
  const touched = Object.keys({ ...before, ...after }).filter((name) => before[name] !== after[name]);
  if (touched.length > 0) problems.push(`in a quiet time there was a write to ${touched.join(', ')}`);

  // The end of a process has effects, too.
  const wasReborn = operator.isReborn();
  const how = await operator.stop();
  if (how === 'code 0') return problems;
  if (point === undefined || wasReborn || how !== 'SIGKILL') return [...problems, `asked to stop, it ended with ${how}`];
  operator.relaunch();
  return [...problems, ...(await ends())];
}
