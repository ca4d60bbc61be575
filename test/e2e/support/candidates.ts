/** Processes of one deployment, of which one leads by the Lease; and what tells which. */

import type { KubernetesApi } from '../../../dev/kubernetes-api.ts';
import { waitFor } from '../../support/stack.ts';
import type { TestStack } from '../../support/stack.ts';
import { createAuditedTable } from './audit-trail.ts';
import type { AuditTrail } from './audit-trail.ts';
import { logOf } from './operator-log.ts';
import { openScene } from './scene.ts';
import type { Scene, SceneOptions } from './scene.ts';

const LEASE_NAME = 'jobs-operator';

export const LEADS = 'this process leads';
export const LEADS_NO_LONGER = 'this process leads no longer';

/** Milliseconds: a Lease lasts 15 s, a standby looks twice a second, and the machine is busy. */
const TAKEN_OVER_WITHIN_MS = 40_000;

export interface Lease {
  readonly metadata: { readonly uid: string };
  readonly spec: { readonly holderIdentity: string; readonly renewTime: string; readonly leaseTransitions: number };
}

export interface LedScene extends Scene {
  readonly audit: AuditTrail;
}

/** The first of them; it leads. */
export async function openLeader(stack: TestStack, options: SceneOptions = {}): Promise<LedScene> {
  const [namespace, database] = await Promise.all([options.namespace ?? stack.namespace(), stack.database()]);
  const audit = await createAuditedTable(database);
  const scene = await openScene(stack, { ...options, namespace, database, env: { ...envOf(namespace.name), ...options.env } });
  await untilLeading(scene);
  return { ...scene, audit };
}

/** One more, with the same work: ready, and waiting for the Lease. */
export function openStandby(stack: TestStack, { namespace, database }: Scene, options: SceneOptions = {}): Promise<Scene> {
  return openScene(stack, { ...options, namespace, database, env: { ...envOf(namespace.name), ...options.env } });
}

export function envOf(namespace: string): Record<string, string> {
  return { LEADER_ELECTION: 'true', LEASE_NAME, LEASE_NAMESPACE: namespace };
}

export async function isLeading({ metrics }: Scene): Promise<boolean> {
  return (await metrics.sum('leader_election_master_status', { name: LEASE_NAME })) === 1;
}

/** @returns milliseconds until it led */
export async function untilLeading(scene: Scene, timeoutMs: number = TAKEN_OVER_WITHIN_MS): Promise<number> {
  const from = performance.now();
  await waitFor(() => isLeading(scene), { what: `${scene.operator.service.name} to lead`, timeoutMs, intervalMs: 25 });
  return performance.now() - from;
}

export function leaseOf(api: KubernetesApi, namespace: string): Promise<Lease> {
  return api.get(leasePath(namespace));
}

export function leasePath(namespace: string): string {
  return `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${LEASE_NAME}`;
}

/** What its log says of its terms, oldest first. */
export function termsOf({ operator }: Scene): readonly string[] {
  return logOf(operator)
    .map(({ message }) => message)
    .filter((message) => message === LEADS || message === LEADS_NO_LONGER);
}

/** Statements that change a row or a tombstone. */
const WRITING_STATEMENTS = ['insert', 'cancel', 'stamp', 'remove', 'sweep', 'write-tombstones', 'purge-tombstones'];

/** Every write that the process has counted, to the API server and to the table. */
export async function writesOf({ metrics }: Scene): Promise<Record<string, number>> {
  const samples = await metrics.scrape();
  return Object.fromEntries([
    ...['POST', 'PUT', 'PATCH', 'DELETE'].map((method) => [method, samples.sum('rest_client_requests_total', { method })]),
    ...WRITING_STATEMENTS.map((statement) => [statement, samples.sum('jobs_operator_db_query_seconds_count', { statement })]),
    ['status', samples.sum('jobs_operator_status_writes_total')],
  ]);
}
