/** Workers write results of megabytes, several at once and again and again, while other Jobs finish. */

import type { ResultSetHeader, RowDataPacket } from 'mysql2/promise';
import { durationsOf } from '../durations.ts';
import type { Durations } from '../durations.ts';
import { inLanes } from '../lanes.ts';
import { pause } from '../pause.ts';
import type { Arena } from './arena.ts';
import { whileOperatorLives } from './arena.ts';
import { createJobs } from './burst.ts';
import { measureOperator } from './consumption.ts';
import type { Consumption } from './consumption.ts';
import { finishSteadily, latenciesOf } from './finishing.ts';
import { ShownJobs } from './shown-jobs.ts';

export interface LargeResultsOptions {
  readonly rows: number;
  /** Of each result. */
  readonly bytes: number;
  /** How often each result is written while its job runs. */
  readonly updates: number;
  /** Jobs that have nothing to do with it, so many of which finish each second. */
  readonly others: number;
  readonly finishedPerSecond: number;
  /** How long these are watched before there is any large result, milliseconds. */
  readonly calmMs: number;
}

export interface LargeResultsFigures {
  readonly rows: number;
  readonly bytes: number;
  /** Results written, and how long that took; milliseconds. */
  readonly written: number;
  readonly writtenMs: number;
  /** From a finished row to its status, of the others: before, and meanwhile. */
  readonly calm: Durations;
  readonly meanwhile: Durations;
  /** A look by key that somebody else takes at the database meanwhile: what nobody's design can beat. */
  readonly database: Durations;
  readonly operator: Consumption;
  /** What is wrong in the end, a sentence each. */
  readonly wrong: readonly string[];
}

const WRITERS = 5;
const TIMEOUT_MS = 300_000;
/** Made by the database, so that the harness does not compete with the operator for the processor. */
const RESULT = "JSON_OBJECT('turn', ?, 'blob', REPEAT('x', ?))";

export function largeResults(arena: Arena, options: LargeResultsOptions): Promise<LargeResultsFigures> {
  return whileOperatorLives(arena, () => scene(arena, options));
}

async function scene(arena: Arena, { rows, bytes, updates, others, finishedPerSecond, calmMs }: LargeResultsOptions): Promise<LargeResultsFigures> {
  const shown = await ShownJobs.open(arena);
  try {
    await createJobs(arena, { count: rows, prefix: 'large' });
    await createJobs(arena, { count: others, prefix: 'other' });
    await shown.until(() => shown.accepted >= rows + others, { what: 'all Jobs to be accepted', timeoutMs: TIMEOUT_MS });
    const large = [...shown.jobs.entries()].flatMap(([uid, { name }]) => (name.startsWith('large-') ? [uid] : []));
    await takeRows(arena, large);

    const before = finishSteadily(arena, shown, finishedPerSecond);
    await pause(calmMs, new AbortController().signal);
    const calm = latenciesOf(await before.stop());

    const consumed = measureOperator(arena);
    const began = performance.now();
    const during = finishSteadily(arena, shown, finishedPerSecond);
    const probing = probeDatabase(arena);
    for (let turn = 0; turn < updates; turn += 1) await writeResults(arena, large, 'running', turn, bytes);
    await writeResults(arena, large, 'completed', updates, bytes);
    const writtenMs = performance.now() - began;
    const isShown = (): boolean => large.every((uid) => shown.jobs.get(uid)?.phase === 'Completed');
    await shown.until(isShown, { what: 'all large results to be told of', timeoutMs: TIMEOUT_MS });
    const database = await probing.stop();
    const meanwhile = latenciesOf(await during.stop());
    return {
      rows,
      bytes,
      written: rows * (updates + 1),
      writtenMs,
      calm,
      meanwhile,
      database,
      operator: consumed(),
      wrong: await wrongs(arena, shown, large, bytes),
    };
  } finally {
    await shown.close();
  }
}

const PROBE_MS = 100;

function probeDatabase({ database }: Arena): { stop(): Promise<Durations> } {
  const stopping = new AbortController();
  const probe = async (): Promise<Durations> => {
    const connection = await database.connect();
    const took: number[] = [];
    try {
      do {
        const began = performance.now();
        await connection.query("SELECT status FROM jobs WHERE job_id = 'nobody'");
        took.push(performance.now() - began);
        await pause(PROBE_MS, stopping.signal);
      } while (!stopping.signal.aborted);
      return durationsOf(took);
    } finally {
      await connection.end();
    }
  };
  const probing = probe();
  // Whoever stops it learns of it.
  probing.catch(() => undefined);
  return {
    stop() {
      stopping.abort();
      return probing;
    },
  };
}

/** Out of the reach of the workers who end rows steadily. */
async function takeRows({ database }: Arena, jobIds: readonly string[]): Promise<void> {
  const connection = await database.connect();
  try {
    await connection.query("UPDATE jobs SET status = 'running', progress = 1 WHERE job_id IN (?)", [jobIds]);
  } finally {
    await connection.end();
  }
}

async function writeResults({ database }: Arena, jobIds: readonly string[], status: 'running' | 'completed', turn: number, bytes: number): Promise<void> {
  const end = status === 'completed' ? ', progress = 100, completed_at = NOW()' : '';
  const connections = await Promise.all(Array.from({ length: WRITERS }, () => database.connect()));
  try {
    await inLanes(jobIds.length, WRITERS, async (index) => {
      const connection = connections.pop();
      if (connection === undefined) throw new Error('there are as many connections as lanes');
      const [header] = await connection.query<ResultSetHeader>(`UPDATE jobs SET status = ?, result = ${RESULT}${end} WHERE job_id = ?`, [status, turn, bytes, jobIds[index]]);
      if (header.affectedRows !== 1) throw new Error('a row with a large result has gone');
      connections.push(connection);
    });
  } finally {
    await Promise.all(connections.map((connection) => connection.end()));
  }
}

/** Each row has its whole result, and its Job says that it does not show it. */
async function wrongs({ database }: Arena, shown: ShownJobs, jobIds: readonly string[], bytes: number): Promise<readonly string[]> {
  const connection = await database.connect();
  try {
    const [found] = await connection.query<RowDataPacket[]>('SELECT job_id, LENGTH(result) AS length FROM jobs WHERE job_id IN (?)', [jobIds]);
    const short = found.filter(({ length }) => Number(length) < bytes).map(({ job_id: jobId }) => `the result of row ${jobId} is cut`);
    const silent = jobIds.filter((jobId) => shown.jobs.get(jobId)?.synced !== 'ResultTooLarge').map((jobId) => `the Job of row ${jobId} does not say ResultTooLarge`);
    return [...(found.length === jobIds.length ? [] : ['rows are missing']), ...short, ...silent];
  } finally {
    await connection.end();
  }
}
