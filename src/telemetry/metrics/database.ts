/** Whether the database answers, and how fast. */
import { Gauge, Histogram, type Registry } from 'prom-client';
import type { DatabaseObserver } from '../../database/database.ts';
import { STATEMENT_NAMES } from '../../database/statement-names.ts';

export interface DatabaseMetrics extends DatabaseObserver {
  up(isUp: boolean): void;
}

/** A look-up by key takes 0.2 ms, a scan of 50,000 rows 165 ms, and at 20 s a statement is given up. */
const BUCKETS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20];

export function databaseMetrics(registry: Registry): DatabaseMetrics {
  const registers = [registry];
  const seconds = new Histogram({
    name: 'jobs_operator_db_query_seconds',
    help: 'Time of statements, failed ones included.',
    labelNames: ['statement'] as const,
    buckets: BUCKETS,
    registers,
  });
  for (const statement of STATEMENT_NAMES) seconds.zero({ statement });
  const up = new Gauge({ name: 'jobs_operator_db_up', help: 'Whether the database answers: 1 yes, 0 no or not asked yet.', registers });
  return {
    statement: (name, time) => seconds.observe({ statement: name }, time),
    up: (isUp) => up.set(isUp ? 1 : 0),
  };
}
