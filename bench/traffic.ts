/** What goes to the API server and to the database, counted by these themselves: whoever sends it. */

import type { Connection } from 'mysql2/promise';
import type { KubernetesApi } from '../dev/kubernetes-api.ts';

export interface Traffic {
  /** Requests for Jobs, their status and Events. */
  readonly requests: number;
  /** Those among them that would change something. */
  readonly writes: number;
  /** SELECT, INSERT, UPDATE, DELETE and REPLACE. */
  readonly statements: number;
  /** Those among them that are no SELECT. */
  readonly rowWrites: number;
}

const WRITING_VERBS = new Set(['POST', 'PUT', 'PATCH', 'APPLY', 'DELETE', 'DELETECOLLECTION']);
const WRITING_COMMANDS = ['Com_insert', 'Com_update', 'Com_delete', 'Com_replace'];
const OBSERVED = /^apiserver_request_total\{(?=[^}]*group="(?:wordpress\.betaweb\.ai|events\.k8s\.io|)")(?=[^}]*resource="(?:jobs|events)")[^}]*verb="(?<verb>[^"]+)"[^}]*\} (?<count>\S+)$/gm;

export class TrafficMeter {
  readonly #api: KubernetesApi;
  readonly #admin: Connection;

  /** @param admin whose own statements are SHOW, which is not counted */
  constructor(api: KubernetesApi, admin: Connection) {
    this.#api = api;
    this.#admin = admin;
  }

  /** Since the servers started. */
  async total(): Promise<Traffic> {
    const [metrics, [status]] = await Promise.all([this.#api.text('GET', '/metrics'), this.#admin.query("SHOW GLOBAL STATUS LIKE 'Com\\_%'")]);
    const requests = requestsIn(metrics);
    const commands = new Map((status as { Variable_name: string; Value: string }[]).map(({ Variable_name, Value }) => [Variable_name, Number(Value)]));
    const rowWrites = WRITING_COMMANDS.reduce((sum, command) => sum + (commands.get(command) ?? 0), 0);
    return { ...requests, rowWrites, statements: rowWrites + (commands.get('Com_select') ?? 0) };
  }
}

/** @param metrics in Prometheus's text format, of an API server */
export function requestsIn(metrics: string): Pick<Traffic, 'requests' | 'writes'> {
  let requests = 0;
  let writes = 0;
  for (const { groups } of metrics.matchAll(OBSERVED)) {
    const count = Number(groups?.['count']);
    requests += count;
    if (WRITING_VERBS.has(groups?.['verb'] ?? '')) writes += count;
  }
  return { requests, writes };
}

export function since(before: Traffic, after: Traffic): Traffic {
  return {
    requests: after.requests - before.requests,
    writes: after.writes - before.writes,
    statements: after.statements - before.statements,
    rowWrites: after.rowWrites - before.rowWrites,
  };
}
