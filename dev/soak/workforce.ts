/** Those who write rows: workers of both kinds, one who tidies up after them, and another producer. All start again whenever the database drops them. */

import type { Connection, ResultSetHeader } from 'mysql2/promise';
import type { Random } from '../random.ts';
import { startWorker, WORKER_STATEMENTS } from '../worker.ts';
import type { Worker } from '../worker.ts';
import { pause } from '../pause.ts';
import type { Tally } from './tally.ts';

export interface WorkforceOptions {
  readonly connect: () => Promise<Connection>;
  readonly random: Random;
  readonly tally: Tally;
  /** What came to nothing. */
  readonly inVain: Tally;
  /** False in the calm: what is begun is brought to its end, and nothing is stirred up. */
  readonly mischief: () => boolean;
}

/** Before they knock at the database again, milliseconds. */
const RECONNECT_MS = 300;
/** A running row that nobody has touched for so long was a dead worker's (seconds). */
const ABANDONED_SECONDS = 4;

export async function employ(options: WorkforceOptions, signal: AbortSignal): Promise<void> {
  const { random } = options;
  const shift = (name: string, task: (connection: Connection, own: Random) => Promise<void>): Promise<void> => keepAt(options, signal, task, random.fork(name));
  await Promise.all([
    shift('guarded', (connection, own) => work(connection, options, own, true, signal)),
    shift('unguarded', (connection, own) => work(connection, options, own, false, signal)),
    shift('tidy', (connection, own) => tidy(connection, options, own, signal)),
    shift('stir', (connection, own) => stir(connection, options, own, signal)),
  ]);
}

async function keepAt(
  { connect, inVain }: WorkforceOptions,
  signal: AbortSignal,
  task: (connection: Connection, random: Random) => Promise<void>,
  random: Random,
): Promise<void> {
  while (!signal.aborted) {
    let connection: Connection | undefined;
    try {
      connection = await connect();
      await task(connection, random);
    } catch (error) {
      // Its database was killed, frozen or read-only: that is the weather here. What it had in hand is abandoned.
      inVain.add(`worker thrown out (${codeOf(error)})`);
    } finally {
      connection?.destroy();
    }
    await pause(RECONNECT_MS, signal);
  }
}

/** As mysql2 and Node name it, of the error itself or of what caused it. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return (error as { code?: string }).code ?? (error.cause === undefined ? error.message : codeOf(error.cause));
}

async function work(connection: Connection, { tally }: WorkforceOptions, random: Random, guarded: boolean, signal: AbortSignal): Promise<void> {
  const kind = guarded ? 'guarded' : 'unguarded';
  const worker: Worker = startWorker({
    connection,
    guarded,
    hands: 5,
    intervalMs: 150,
    plan: () => ({
      durationMs: random.between(20, 2_000),
      stepMs: 200,
      outcome: random.chance(0.3) ? { error: random.pick(['the disk is full', 'no such site', '']) } : { result: `{"pages": ${random.between(0, 99)}}` },
    }),
    onEvent: ({ kind: event }) => {
      if (event === 'completed' || event === 'failed' || event === 'left') tally.add(event === 'left' ? 'row let go by its worker' : `row ${event} (${kind} UPDATE)`);
    },
  });
  const stop = (): void => void worker.stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    await worker.ended;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Ends what dead workers have left running. */
async function tidy(connection: Connection, { tally }: WorkforceOptions, random: Random, signal: AbortSignal): Promise<void> {
  const abandoned = `status = 'running' AND updated_at < NOW() - INTERVAL ${ABANDONED_SECONDS} SECOND`;
  while (!signal.aborted) {
    const fails = random.chance(0.3);
    const outcome = fails ? `status = 'failed', error = 'the worker died'` : `status = 'completed', progress = 100, result = '{"late": true}'`;
    const [header] = await connection.query<ResultSetHeader>(`UPDATE jobs SET ${outcome}, completed_at = NOW() WHERE ${abandoned} LIMIT 20`);
    if (header.affectedRows > 0) tally.add('abandoned row ended', header.affectedRows);
    await pause(random.between(300, 900), signal);
  }
}

/** Wakes finished rows as a retrying worker does, ends finished ones otherwise, and makes rows of its own. */
async function stir(connection: Connection, { tally, mischief }: WorkforceOptions, random: Random, signal: AbortSignal): Promise<void> {
  let made = 0;
  while (!signal.aborted) {
    await pause(random.between(300, 1_200), signal);
    if (signal.aborted || !mischief()) continue;
    const draw = random.next();
    if (draw < 0.4) {
      const [ids] = await connection.query(`SELECT job_id FROM jobs WHERE status = '${random.pick(['failed', 'failed', 'cancelled'])}' ORDER BY updated_at DESC LIMIT 5`);
      const rows = ids as { job_id: string }[];
      if (rows.length === 0) continue;
      // As it stands in the table's description, without a guard.
      const [header] = await connection.query<ResultSetHeader>(WORKER_STATEMENTS.progress, [random.between(0, 99), random.pick(rows).job_id]);
      if (header.affectedRows > 0) tally.add('finished row woken by a worker');
    } else {
      made += 1;
      const ttl = random.pick(['NULL', 'NOW() - INTERVAL 1 HOUR', 'NOW() + INTERVAL 5 SECOND', 'NOW() + INTERVAL 1 DAY']);
      const status = random.pick(['pending', 'completed', 'failed']);
      const payload = JSON.stringify({ token: `other-${random.seed}-${made}`, variant: 0 });
      await connection.query(
        `INSERT INTO jobs (job_id, type, status, request_payload, completed_at, ttl_expires_at) VALUES (UUID(), 'clone', ?, ?, ${status === 'pending' ? 'NULL' : 'NOW()'}, ${ttl})`,
        [status, payload],
      );
      tally.add('row of another producer inserted');
    }
  }
}
