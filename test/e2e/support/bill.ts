/** What an operator asks of the API server and of the database, as it counts it itself and as the line to the API server shows it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Metrics, Samples } from '../../../dev/metrics.ts';
import type { CountingRelay } from './counting-relay.ts';

/** Counts of one phase. */
export interface Bill {
  /** Requests to the API server by method. */
  readonly requests: Readonly<Record<'GET' | 'PATCH' | 'POST' | 'PUT' | 'DELETE', number>>;
  /** Statements by name; the feed's own looks are told apart from what Jobs cause. */
  readonly statements: Readonly<Record<(typeof CAUSED_BY_JOBS)[number], number>>;
  /** Bytes to the API server and from it, TLS included. */
  readonly sent: number;
  readonly received: number;
}

/** For a bill without bytes. */
export const NO_LINE: Pick<CountingRelay, 'bytes'> = { bytes: () => ({ sent: 0, received: 0 }) };

const METHODS = ['GET', 'PATCH', 'POST', 'PUT', 'DELETE'] as const;
const CAUSED_BY_JOBS = ['read', 'insert', 'cancel', 'stamp', 'remove', 'sweep'] as const;

/** So many looks in a row that find nothing new, and the phase is over: looks and not time, since the operator stalls with the machine. */
const SETTLED_LOOKS = 10;
const LOOK_MS = 100;

/** Runs the phase, waits until nothing follows from it any more, and says what all of it cost. */
export async function billOf(metrics: Metrics, line: Pick<CountingRelay, 'bytes'>, phase: () => Promise<unknown>): Promise<Bill> {
  const before = await total(metrics, line);
  await phase();
  return less(await settled(metrics, line), before);
}

/** The same for the first moments of a process, which counts from zero. @param start resolves when it is ready */
export async function billOfStart(metrics: Metrics, line: Pick<CountingRelay, 'bytes'>, start: () => Promise<unknown>): Promise<Bill> {
  const { sent, received } = line.bytes();
  await start();
  const bill = await settled(metrics, line);
  return { ...bill, sent: bill.sent - sent, received: bill.received - received };
}

async function settled(metrics: Metrics, line: Pick<CountingRelay, 'bytes'>): Promise<Bill> {
  let last = await total(metrics, line);
  for (let looks = 0; looks < SETTLED_LOOKS; looks += 1) {
    await sleep(LOOK_MS);
    const now = await total(metrics, line);
    if (JSON.stringify([now.requests, now.statements]) !== JSON.stringify([last.requests, last.statements])) looks = 0;
    last = now;
  }
  return last;
}

function less(after: Bill, before: Bill): Bill {
  return {
    requests: difference(after.requests, before.requests),
    statements: difference(after.statements, before.statements),
    sent: after.sent - before.sent,
    received: after.received - before.received,
  };
}

async function total(metrics: Metrics, line: Pick<CountingRelay, 'bytes'>): Promise<Bill> {
  const samples = await metrics.scrape();
  return {
    requests: counts(METHODS, samples, 'rest_client_requests_total', 'method'),
    statements: counts(CAUSED_BY_JOBS, samples, 'jobs_operator_db_query_seconds_count', 'statement'),
    ...line.bytes(),
  };
}

function counts<Name extends string>(names: readonly Name[], samples: Samples, metric: string, label: string): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, samples.sum(metric, { [label]: name })])) as Record<Name, number>;
}

function difference<Name extends string>(after: Readonly<Record<Name, number>>, before: Readonly<Record<Name, number>>): Record<Name, number> {
  return Object.fromEntries(Object.entries<number>(after).map(([name, count]) => [name, count - before[name as Name]])) as Record<Name, number>;
}
