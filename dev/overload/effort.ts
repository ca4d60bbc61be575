/** What the operator does over a stretch, by its own count. */

import { Metrics } from '../metrics.ts';
import type { Arena } from './arena.ts';

export interface Effort {
  readonly reconciles: number;
  readonly statusWrites: number;
  /** Requests to the API server that write, by method and status code such as `PATCH 200`. */
  readonly writes: ReadonlyMap<string, number>;
  readonly statements: number;
}

const METHODS = ['POST', 'PUT', 'PATCH', 'DELETE'] as const;
const CODES = ['200', '201', '403', '404', '409', '422', '429', '500', '503', '<error>'] as const;

/** Begins a stretch; the function that is returned ends it. */
export async function countEffort({ operator }: Pick<Arena, 'operator'>): Promise<() => Promise<Effort>> {
  const metrics = new Metrics(operator.url);
  const before = await metrics.scrape();
  return async () => {
    const after = await metrics.scrape();
    const grown = (name: string, labels?: Readonly<Record<string, string>>): number => after.sum(name, labels) - before.sum(name, labels);
    const kinds = METHODS.flatMap((method) => CODES.map((code) => [`${method} ${code}`, grown('rest_client_requests_total', { method, code })] as const));
    return {
      reconciles: grown('controller_runtime_reconcile_total'),
      statusWrites: grown('jobs_operator_status_writes_total'),
      writes: new Map(kinds.filter(([, count]) => count > 0)),
      statements: grown('jobs_operator_db_query_seconds_count'),
    };
  };
}
