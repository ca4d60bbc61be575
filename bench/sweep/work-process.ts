/**
 * The workers of the benchmark, in a process of their own so that nobody's garbage collection is measured but theirs: they tell progress of rows in
 * hand and add new ones, at a pace that does not depend on how they fare.
 */

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import type { Connection } from 'mysql2/promise';
import type { Login, WorkOrder, WorkReport } from './work-message.ts';

const HANDS = 4;
/** One statement in so many adds a row. */
const INSERT_EVERY = 10;
const INSERT = "INSERT INTO jobs (job_id, type, status, request_payload) VALUES (?, 'clone', 'pending', ?)";
const UPDATE = "UPDATE jobs SET status = 'running', progress = ? WHERE job_id = ? AND status IN ('pending', 'running')";

let latencies: number[] = [];
let errors: Record<string, number> = {};

process.on('message', (order: WorkOrder) => {
  switch (order.kind) {
    case 'start':
      for (let hand = 0; hand < HANDS; hand += 1) void work(order.login, hand, order.perSecond / HANDS);
      break;
    case 'measure':
      [latencies, errors] = [[], {}];
      break;
    case 'report': {
      const report: WorkReport = { latencies, errors };
      process.send?.(report);
      break;
    }
  }
});
// Nobody is left to report to.
process.on('disconnect', () => process.exit());

async function work(login: Login, hand: number, perSecond: number): Promise<void> {
  const connection = await createConnection(login);
  const [rows] = await connection.query("SELECT job_id FROM jobs WHERE status = 'running'");
  const mine = (rows as { job_id: string }[]).map(({ job_id: jobId }) => jobId).filter((_, index) => index % HANDS === hand);
  const began = performance.now();
  for (let turn = 0; ; turn += 1) {
    const due = began + ((turn + hand / HANDS) * 1000) / perSecond;
    const wait = due - performance.now();
    if (wait > 0) await sleep(wait);
    // Whoever was free when it was due is not to blame for a timer that was late.
    const from = wait > 0 ? performance.now() : due;
    await act(connection, turn, mine[turn % mine.length] ?? '');
    latencies.push(performance.now() - from);
  }
}

async function act(connection: Connection, turn: number, jobId: string): Promise<void> {
  try {
    if (turn % INSERT_EVERY === 0) await connection.query(INSERT, [randomUUID(), '{"new": true}']);
    else await connection.query(UPDATE, [turn % 100, jobId]);
  } catch (error) {
    const number = String((error as { errno?: number }).errno ?? error);
    errors[number] = (errors[number] ?? 0) + 1;
  }
}
