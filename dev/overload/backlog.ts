/** Very many Jobs applied at once, and workers who end rows while most of them still wait to be accepted. */

import type { RowDataPacket } from 'mysql2/promise';
import type { Durations } from '../durations.ts';
import { quantile } from '../statistics.ts';
import type { Arena } from './arena.ts';
import { jobsPath, whileOperatorLives } from './arena.ts';
import { createJobs } from './burst.ts';
import { measureOperator } from './consumption.ts';
import type { Consumption } from './consumption.ts';
import { finishSteadily, latenciesOf } from './finishing.ts';
import { ShownJobs } from './shown-jobs.ts';

export interface BacklogOptions {
  readonly jobs: number;
  /** Rows that workers end each second meanwhile. */
  readonly finishedPerSecond: number;
  /** Of each payload, about; default 300. */
  readonly payloadBytes?: number;
  /** The operator is away while the Jobs are applied, and finds them all when it starts. Default false. */
  readonly away?: boolean;
}

export interface BacklogFigures {
  readonly jobs: number;
  /** Until the API server has taken all, from the first; milliseconds. */
  readonly createdMs: number;
  /** Until all are accepted, from the first (`away`: from the start of the operator); milliseconds. */
  readonly acceptedMs: number;
  /** Jobs created and not accepted, at the worst moment. */
  readonly longestBacklog: number;
  /** Of rows that finished before the backlog had drained: from the finish to the status. */
  readonly latency: Durations;
  /** Of the same: the Jobs that were accepted between a finish and its status, in 99 of 100 cases, and in the worst. */
  readonly overtaken: { readonly p99: number; readonly max: number };
  /** The share of them that were late: shown after more than two seconds, and after many others that could have waited. */
  readonly lateShare: number;
  /** Until the backlog had drained. */
  readonly operator: Consumption;
  /** Writes to the API server per Job that was accepted and has not finished. */
  readonly writesPerWaitingJob: number;
  /** What is wrong in the end, a sentence each. */
  readonly wrong: readonly string[];
}

/** What is promised (docs/reliability.md); on a machine so slow that no order of work could keep it, few others may come in between. */
const LATE_MS = 2_000;
const MANY = 500;

const ACCEPT_TIMEOUT_MS = 30 * 60_000;
const PAGE = 1_000;

export async function backlog(arena: Arena, { jobs, finishedPerSecond, payloadBytes = 300, away = false }: BacklogOptions): Promise<BacklogFigures> {
  const shown = await ShownJobs.open(arena);
  try {
    const burst = { count: jobs, prefix: 'backlog', payloadBytes };
    const { service } = arena.operator;
    if (away) await service.stop();
    let began = performance.now();
    const creating = createJobs(arena, burst).then(() => performance.now() - began);
    if (away) {
      await creating;
      service.launch();
      began = performance.now();
    }
    return await whileOperatorLives(arena, async () => {
      const consumed = measureOperator(arena);
      const finishing = finishSteadily(arena, shown, finishedPerSecond);
      let longestBacklog = 0;
      const areAccepted = (): boolean => {
        longestBacklog = Math.max(longestBacklog, shown.jobs.size - shown.accepted);
        return shown.accepted >= jobs;
      };
      const accepting = shown.until(areAccepted, { what: `${jobs} Jobs to be accepted`, timeoutMs: ACCEPT_TIMEOUT_MS });
      const [createdMs] = await Promise.all([creating, accepting]);
      const acceptedMs = performance.now() - began;
      const operator = consumed();
      const finished = await finishing.stop();
      const waiting = [...shown.jobs.values()].filter(({ phase }) => phase === 'Pending');
      const overtaken = finished.map((finish) => finish.overtaken);
      return {
        jobs,
        createdMs,
        acceptedMs,
        longestBacklog,
        latency: latenciesOf(finished),
        overtaken: { p99: Math.round(quantile(overtaken, 0.99)), max: quantile(overtaken, 1) },
        lateShare: finished.filter((finish) => finish.latencyMs > LATE_MS && finish.overtaken > MANY).length / finished.length,
        operator,
        writesPerWaitingJob: waiting.reduce((sum, { versions }) => sum + versions - 1, 0) / Math.max(1, waiting.length),
        wrong: await disagreements(arena, jobs),
      };
    });
  } finally {
    await shown.close();
  }
}

/** Every Job has one row, of its own id, and shows its status; there are no other rows. */
async function disagreements(arena: Arena, expected: number): Promise<readonly string[]> {
  const connection = await arena.database.connect();
  try {
    const shown = await phasesShown(arena);
    const [rows] = await connection.query<RowDataPacket[]>('SELECT job_id, status FROM jobs');
    const found = [];
    if (shown.size !== expected) found.push(`${shown.size} Jobs in place of ${expected}`);
    if (rows.length !== expected) found.push(`${rows.length} rows in place of ${expected}`);
    for (const { job_id: jobId, status } of rows) {
      const phase = shown.get(jobId);
      if (phase === undefined) found.push(`row ${jobId} is of no Job`);
      else if (phase.toLowerCase() !== status) found.push(`row ${jobId} is ${status}, and its Job shows ${phase}`);
    }
    return found;
  } finally {
    await connection.end();
  }
}

/** By the row's id, which is the Job's uid here. A Job that names another has none of its own. */
async function phasesShown(arena: Arena): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  let token = '';
  do {
    const page = await arena.api.get<{
      metadata: { continue?: string };
      items: readonly { metadata: { uid: string }; status: { jobId?: string; phase?: string } }[];
    }>(`${jobsPath(arena)}?limit=${PAGE}${token === '' ? '' : `&continue=${encodeURIComponent(token)}`}`);
    for (const { metadata, status } of page.items) found.set(metadata.uid, status.jobId === metadata.uid ? (status.phase ?? 'nothing') : 'another row');
    token = page.metadata.continue ?? '';
  } while (token !== '');
  return found;
}
