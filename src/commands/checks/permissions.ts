/** What the operator has to be allowed on the API server: exactly the verbs it uses, so that a role may be as narrow. */
import type { Config } from '../../config.ts';
import { GROUP, PLURAL } from '../../job/resource.ts';
import { mayI } from '../../kubernetes/inspection.ts';
import type { Transport } from '../../kubernetes/transport.ts';
import { fail, ok, type Finding } from './finding.ts';

export interface Need {
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly verbs: readonly string[];
  /** Of the one object that is meant; undefined: any. */
  readonly name?: string;
  /** undefined: in all namespaces. */
  readonly namespace: string | undefined;
}

export function needsOf({ watch, leaderElection }: Pick<Config, 'watch' | 'leaderElection'>): readonly Need[] {
  const namespaces = watch.namespaces.length === 0 ? [undefined] : watch.namespaces;
  const needs: Need[] = namespaces.flatMap((namespace) => [
    { group: GROUP, resource: PLURAL, verbs: ['get', 'list', 'watch', 'patch', 'delete'], namespace },
    { group: GROUP, resource: PLURAL, subresource: 'status', verbs: ['patch'], namespace },
    { group: 'events.k8s.io', resource: 'events', verbs: ['create'], namespace },
  ]);
  if (leaderElection.enabled) {
    const { leaseName: name, leaseNamespace: namespace } = leaderElection;
    const leases = { group: 'coordination.k8s.io', resource: 'leases', namespace };
    // A role may be limited to this one Lease, but not in creating it: RBAC sees no name then.
    needs.push({ ...leases, verbs: ['create'] }, { ...leases, verbs: ['get', 'update'], name });
  }
  return needs;
}

/** One finding per resource and namespace. @throws OperatorError when the API server does not answer the question */
export async function checkNeed(transport: Transport, { verbs, ...target }: Need): Promise<Finding> {
  const answers = await Promise.all(verbs.map(async (verb) => ({ verb, allowed: await mayI(transport, { verb, ...target }) })));
  return judgeNeed({ verbs, ...target }, answers.filter(({ allowed }) => !allowed).map(({ verb }) => verb));
}

export function judgeNeed({ group, resource, subresource, verbs, name: object, namespace }: Need, denied: readonly string[]): Finding {
  const name = subresource === undefined ? resource : `${resource}/${subresource}`;
  const where = namespace === undefined ? 'all namespaces' : `namespace ${namespace}`;
  const subject = `permission on ${name}${object === undefined ? '' : ` named ${object}`} in ${where}`;
  if (denied.length === 0) return ok(subject, verbs.join(', '));
  const role = namespace === undefined ? 'ClusterRole' : `Role in ${namespace}`;
  return fail(
    subject,
    `${denied.join(', ')} denied`,
    `Add to the operator's ${role}: apiGroups ["${group}"], resources ["${name}"]${object === undefined ? '' : `, resourceNames ["${object}"]`}, verbs [${denied.map((verb) => `"${verb}"`).join(', ')}].`,
  );
}
