import { describe, expect, it } from '@jest/globals';
import { judgeInstalled, judgeServed } from '../../../../src/commands/checks/definition.ts';
import { judgeNeed, needsOf, type Need } from '../../../../src/commands/checks/permissions.ts';
import { DEFINITION_REVISION } from '../../../../src/kubernetes/definition.ts';
import type { InstalledDefinition } from '../../../../src/kubernetes/inspection.ts';

const ELECTION = { enabled: false, leaseName: 'jobs-operator', leaseNamespace: 'jobs-system' };

function describeNeed({ resource, subresource, name, namespace }: Need): string {
  return [namespace ?? '*', resource, subresource, name].filter((part) => part !== undefined).join('/');
}

describe('the permissions', () => {
  it('are asked for the whole cluster when all namespaces are watched', () => {
    const needs = needsOf({ watch: { namespaces: [], labelSelector: undefined }, leaderElection: ELECTION });
    expect(needs.map(describeNeed)).toEqual(['*/jobs', '*/jobs/status', '*/events']);
  });

  it('are asked for each watched namespace, and for the Lease where it lives', () => {
    const needs = needsOf({ watch: { namespaces: ['a', 'b'], labelSelector: undefined }, leaderElection: { ...ELECTION, enabled: true } });
    expect(needs.map(describeNeed)).toEqual(['a/jobs', 'a/jobs/status', 'a/events', 'b/jobs', 'b/jobs/status', 'b/events', 'jobs-system/leases', 'jobs-system/leases/jobs-operator']);
  });

  it('that are missing are told as the rule to add', () => {
    const need = { group: 'wordpress.betaweb.ai', resource: 'jobs', subresource: 'status', verbs: ['patch', 'update'], namespace: 'a' };
    expect(judgeNeed(need, [])).toMatchObject({ level: 'ok', text: 'patch, update' });
    expect(judgeNeed(need, ['patch'])).toEqual({
      level: 'FAIL',
      subject: 'permission on jobs/status in namespace a',
      text: 'patch denied',
      advice: 'Add to the operator\'s Role in a: apiGroups ["wordpress.betaweb.ai"], resources ["jobs/status"], verbs ["patch"].',
    });
  });

  it('on one object are told with its name, so that the role stays as narrow', () => {
    const need = { group: 'coordination.k8s.io', resource: 'leases', name: 'jobs-operator', verbs: ['get', 'update'], namespace: 'a' };
    expect(judgeNeed(need, ['get'])).toMatchObject({
      subject: 'permission on leases named jobs-operator in namespace a',
      advice: 'Add to the operator\'s Role in a: apiGroups ["coordination.k8s.io"], resources ["leases"], resourceNames ["jobs-operator"], verbs ["get"].',
    });
  });
});

describe('the definition', () => {
  it('has to be served, with its status', () => {
    expect(judgeServed(['jobs', 'jobs/status']).level).toBe('ok');
    expect(judgeServed(['jobs'])).toMatchObject({ level: 'FAIL', text: 'has no status subresource' });
    expect(judgeServed([])).toMatchObject({ level: 'FAIL', text: 'wordpress.betaweb.ai/v1alpha1 is not served' });
  });

  const installed: InstalledDefinition = { revision: DEFINITION_REVISION, established: true, servedVersions: ['v1alpha1'] };

  it('has to be as new as this version; a newer one is worth a word', () => {
    expect(judgeInstalled(installed).level).toBe('ok');
    expect(judgeInstalled({ ...installed, revision: DEFINITION_REVISION - 1 }).level).toBe('FAIL');
    expect(judgeInstalled({ ...installed, revision: DEFINITION_REVISION + 1 }).level).toBe('warn');
    expect(judgeInstalled({ ...installed, revision: undefined }).level).toBe('warn');
  });

  it('that is installed but cannot be used says why', () => {
    expect(judgeInstalled(null)).toMatchObject({ level: 'FAIL', text: 'none is installed' });
    expect(judgeInstalled({ ...installed, established: false })).toMatchObject({ level: 'FAIL', text: 'is installed, but not established' });
    expect(judgeInstalled({ ...installed, servedVersions: ['v1beta1'] })).toMatchObject({ level: 'FAIL', text: 'is installed, but serves v1beta1 and not v1alpha1' });
    expect(judgeInstalled({ ...installed, servedVersions: [] })).toMatchObject({ level: 'FAIL', text: 'is installed, but serves no version and not v1alpha1' });
  });
});
