/** Somebody else's controller changes labels of many Jobs without end: nothing of it concerns the operator. */

import type { Durations } from '../durations.ts';
import { pause } from '../pause.ts';
import type { Arena } from './arena.ts';
import { jobsPath, whileOperatorLives } from './arena.ts';
import { createJobs } from './burst.ts';
import { measureOperator } from './consumption.ts';
import type { Consumption } from './consumption.ts';
import { countEffort } from './effort.ts';
import type { Effort } from './effort.ts';
import { finishSteadily, latenciesOf } from './finishing.ts';
import { ShownJobs } from './shown-jobs.ts';

export interface LabelFloodOptions {
  readonly jobs: number;
  /** Labels changed each second, if the API server keeps up. */
  readonly changesPerSecond: number;
  /** Rows that finish each second, before the flood and during it. */
  readonly finishedPerSecond: number;
  /** Of the calm before the flood, of the flood alone, and of the flood while rows finish; milliseconds each. */
  readonly stretchMs: number;
}

export interface LabelFloodFigures {
  readonly jobs: number;
  /** Labels changed in all, and how many a second there were. */
  readonly changes: number;
  readonly changesPerSecond: number;
  /** While nothing but labels changed. */
  readonly alone: { readonly effort: Effort; readonly operator: Consumption; readonly changes: number };
  /** From a finished row to its status. */
  readonly calm: Durations;
  readonly meanwhile: Durations;
}

const TIMEOUT_MS = 300_000;
const SILENT_WITHIN_MS = 60_000;
/** A stretch in which nothing is written: the accepted Jobs' Events, which wait for their turn, are told. */
const SILENCE_MS = 2_000;

export function labelFlood(arena: Arena, options: LabelFloodOptions): Promise<LabelFloodFigures> {
  return whileOperatorLives(arena, () => scene(arena, options));
}

async function scene(arena: Arena, { jobs, changesPerSecond, finishedPerSecond, stretchMs }: LabelFloodOptions): Promise<LabelFloodFigures> {
  const never = new AbortController().signal;
  const shown = await ShownJobs.open(arena);
  try {
    await createJobs(arena, { count: jobs, prefix: 'labelled' });
    await shown.until(() => shown.accepted >= jobs, { what: 'all Jobs to be accepted', timeoutMs: TIMEOUT_MS });
    const before = finishSteadily(arena, shown, finishedPerSecond);
    await pause(stretchMs, never);
    const calm = latenciesOf(await before.stop());
    await untilSilent(arena);

    const flood = floodLabels(arena, [...shown.jobs.values()].map(({ name }) => name), changesPerSecond);
    const ended = await countEffort(arena);
    const consumed = measureOperator(arena);
    const changesBefore = flood.changes;
    await pause(stretchMs, never);
    const alone = { operator: consumed(), effort: await ended(), changes: flood.changes - changesBefore };

    const during = finishSteadily(arena, shown, finishedPerSecond);
    await pause(stretchMs, never);
    const meanwhile = latenciesOf(await during.stop());
    const { changes, elapsedMs } = await flood.stop();
    return { jobs, changes, changesPerSecond: (changes * 1000) / elapsedMs, alone, calm, meanwhile };
  } finally {
    await shown.close();
  }
}

/** Waits until a stretch of time has passed without a write or a reconcile; at the deadline it is measured as it is. */
async function untilSilent(arena: Arena): Promise<void> {
  const never = new AbortController().signal;
  for (const deadline = performance.now() + SILENT_WITHIN_MS; performance.now() < deadline; ) {
    const ended = await countEffort(arena);
    await pause(SILENCE_MS, never);
    const { reconciles, writes } = await ended();
    if (reconciles === 0 && writes.size === 0) return;
  }
}

interface Flood {
  readonly changes: number;
  stop(): Promise<{ readonly changes: number; readonly elapsedMs: number }>;
}

const LANES = 8;

/** Changes a label of one Job after the other, around and around. */
function floodLabels({ api, ...arena }: Arena, names: readonly string[], perSecond: number): Flood {
  const stopping = new AbortController();
  const began = performance.now();
  let turn = 0;
  let changes = 0;
  const lane = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const mine = turn;
      turn += 1;
      await pause(Math.max(0, began + (mine * 1000) / perSecond - performance.now()), stopping.signal);
      await api.text('PATCH', `${jobsPath(arena)}/${names[mine % names.length]}`, {
        body: { metadata: { labels: { tide: `t${mine}` } } },
        contentType: 'application/merge-patch+json',
      });
      changes += 1;
    }
  };
  const lanes = Promise.all(Array.from({ length: LANES }, lane));
  lanes.catch(() => undefined);
  return {
    get changes() {
      return changes;
    },
    async stop() {
      stopping.abort();
      await lanes;
      return { changes, elapsedMs: performance.now() - began };
    },
  };
}
