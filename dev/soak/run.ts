/** The soak itself: storms with an election and without one, a calm after each, and a judgement of everything that was seen. */

import type { CleanUps } from '../clean-ups.ts';
import type { Progress } from '../progress.ts';
import { createRandom } from '../random.ts';
import type { Random } from '../random.ts';
import { AskedFor } from './asked.ts';
import { vanished } from './ending.ts';
import type { Evidence } from './evidence.ts';
import { operatorFaults, serverFaults } from './fault.ts';
import { History } from './history.ts';
import { Observer } from './observer.ts';
import { Operators } from './operators.ts';
import type { Leadership } from './operators.ts';
import { pause } from '../pause.ts';
import { judgeRows } from './row-rules.ts';
import { judgeShown } from './shown-rules.ts';
import { openStage } from './stage.ts';
import type { Stage } from './stage.ts';
import { Tally } from './tally.ts';
import { makeTrouble } from './trouble.ts';
import { Users } from './users.ts';
import type { Violation } from './violation.ts';
import { employ } from './workforce.ts';

export interface SoakOptions {
  /** All choices come from it; what the machine does in between, and when, does not. */
  readonly seed: number;
  /** Of all storms together; the calms come on top, some 40 s each. */
  readonly minutes: number;
  readonly progress: Progress;
  readonly cleanUps: CleanUps;
}

export interface SoakOutcome {
  readonly seed: number;
  readonly operations: Tally;
  /** Requests and statements that the faults have eaten. */
  readonly inVain: Tally;
  readonly faults: Tally;
  readonly violations: readonly Violation[];
  readonly evidence: Evidence;
  /** From the end of a storm until everything agreed, seconds each. */
  readonly settledAfter: readonly number[];
}

/** Longer storms leave too many Jobs to be looked at, and too much to be undone at once. */
const LONGEST_STORM_MINUTES = 2.5;
/** Both operators are back, a Lease is found to be orphaned, rows get old enough, TTLs end: half a minute, and a busy machine. */
const CALM_TIMEOUT_MS = 120_000;
const REPORT_EVERY_MS = 10_000;

/** @throws SetupError when the stage cannot be had; any other error when the soak itself broke, which says nothing of the operator */
export async function runSoak({ seed, minutes, progress, cleanUps }: SoakOptions): Promise<SoakOutcome> {
  const random = createRandom(seed);
  const stage = await openStage(progress, cleanUps);
  const [operations, inVain, faults, asked] = [new Tally(), new Tally(), new Tally(), new AskedFor()];
  const violations: Violation[] = [];
  const operators = new Operators(stage, (what) => violations.push({ kind: 'lost', what }));
  cleanUps.defer(() => operators.close());
  const history = new History(stage.controlPlane.credentials, stage.jobsPath);
  const watching = new AbortController();
  const watch = history.run(watching.signal);
  cleanUps.defer(async () => {
    watching.abort();
    await watch;
  });
  // Registered last, so undone first: no fault may bring a server back that was stopped for good.
  const abandoned = new AbortController();
  cleanUps.defer(async () => abandoned.abort());
  const users = new Users({ api: stage.api, jobsPath: stage.jobsPath, random: random.fork('users'), asked, tally: operations, inVain });
  const observer = new Observer(stage);
  const settledAfter: number[] = [];

  const storms = Math.max(2, 2 * Math.ceil(minutes / LONGEST_STORM_MINUTES / 2));
  const stormMs = (minutes * 60_000) / storms;
  for (let storm = 0; storm < storms && violations.length === 0; storm += 1) {
    const leadership: Leadership = storm % 2 === 0 ? 'elected' : 'both believing';
    await operators.start(leadership);
    const own = random.fork(`storm ${storm}`);
    let stormy = true;
    const atWork = new AbortController();
    const working = employ({ connect: () => stage.connectAsWorker(), random: own.fork('workers'), tally: operations, inVain, mischief: () => stormy }, atWork.signal);
    try {
      await weather({ stage, operators, users, random: own, operations, faults, progress, leadership, ms: stormMs, abandoned: abandoned.signal });
      stormy = false;
      progress.say('  calm: everything is up; waiting until resources and rows agree …');
      const began = performance.now();
      violations.push(...(await observer.untilSettled(CALM_TIMEOUT_MS)));
      settledAfter.push(Math.round((performance.now() - began) / 1000));
    } finally {
      atWork.abort();
      await working;
    }
    if (violations.length === 0) violations.push(...(await observer.duringSilence()));
    violations.push(...vanished(await observer.present(), { asked, lives: history.lives, gaps: history.gaps, diary: await observer.diary() }));
    await operators.stop();
  }

  const evidence: Evidence = { asked, lives: history.lives, gaps: history.gaps, diary: await observer.diary() };
  violations.push(...judgeRows(evidence), ...judgeShown(evidence));
  return { seed, operations, inVain, faults, violations, evidence, settledAfter };
}

interface Weather {
  readonly stage: Stage;
  readonly operators: Operators;
  readonly users: Users;
  readonly random: Random;
  readonly operations: Tally;
  readonly faults: Tally;
  readonly progress: Progress;
  readonly leadership: Leadership;
  readonly ms: number;
  readonly abandoned: AbortSignal;
}

/** Users and faults side by side; ends with everything put right and up. */
async function weather({ stage, operators, users, random, operations, faults, progress, leadership, ms, abandoned }: Weather): Promise<void> {
  const over = new AbortController();
  const broken = new Map<string, string>();
  const trouble = (place: string, list: Parameters<typeof makeTrouble>[0]['faults'], gapMs: readonly [number, number]): Promise<void> =>
    makeTrouble(
      {
        faults: list,
        random: random.fork(place),
        gapMs,
        tally: faults,
        abandoned,
        onChange: (kind) => void (kind === undefined ? broken.delete(place) : broken.set(place, kind)),
      },
      over.signal,
    );
  const began = performance.now();
  const telling = setInterval(() => {
    const seconds = Math.round((performance.now() - began) / 1000);
    const now = broken.size === 0 ? 'all up' : [...broken.values()].join(', ');
    progress.say(`  storm (${leadership}) ${seconds} of ${Math.round(ms / 1000)} s: ${operations.total} operations, ${faults.total} faults; now: ${now}`);
  }, REPORT_EVERY_MS);
  const end = setTimeout(() => over.abort(), ms);
  abandoned.addEventListener('abort', () => over.abort(), { once: true });
  const parts = [
    users.run(over.signal),
    trouble('servers', serverFaults(stage), [500, 5_000]),
    ...Array.from({ length: operators.count }, (_, index) => trouble(`operator ${index}`, operatorFaults(operators, index), [500, 8_000])),
    pause(ms, over.signal),
  ];
  try {
    await Promise.all(parts);
  } finally {
    clearInterval(telling);
    clearTimeout(end);
    over.abort();
    await Promise.allSettled(parts);
  }
  await operators.ready();
}
