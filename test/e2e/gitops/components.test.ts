import { beforeAll, describe, expect, it } from '@jest/globals';
import { commandsOf } from '../../docs/support/fenced-blocks.ts';
import { useStack } from '../../support/stack.ts';
import { renderComponents } from '../support/gitops-judges.ts';
import type { Rendered } from '../support/gitops-judges.ts';

const stack = useStack();
let rendered: Rendered;

beforeAll(async () => {
  rendered = await renderComponents(stack);
});

describe('the components for GitOps tools', () => {
  it("add a health check and the actions to Argo CD's ConfigMap, and leave the rest of it as it is", () => {
    const { metadata, data } = rendered.argocdCm;
    expect(metadata).toEqual({ name: 'argocd-cm', namespace: 'argocd', labels: { 'app.kubernetes.io/part-of': 'argocd' } });
    expect(Object.keys(data).toSorted()).toEqual([
      'admin.enabled',
      'resource.customizations.actions.wordpress.betaweb.ai_Job',
      'resource.customizations.health.wordpress.betaweb.ai_Job',
    ]);
  });

  it('give health check expressions to the labelled Kustomizations of Flux, and to no other', () => {
    expect(rendered.kustomizations['sites']?.healthCheckExprs).toEqual([expect.objectContaining({ apiVersion: 'wordpress.betaweb.ai/v1alpha1', kind: 'Job' })]);
    expect(rendered.kustomizations['unlabelled']).not.toHaveProperty('healthCheckExprs');
  });

  it('is a patch that kubectl takes for an argocd-cm that is there already', async () => {
    const namespace = await stack.namespace();
    const configMaps = `/api/v1/namespaces/${namespace.name}/configmaps`;
    await stack.api.post(configMaps, { metadata: { name: 'argocd-cm' }, data: { 'admin.enabled': 'false' } });
    const command = commandsOf('docs/gitops.md').find(({ runBy }) => runBy === 'test/e2e/gitops/components.test.ts');
    const [program, ...args] = (command?.text ?? '').replace('argocd ', `${namespace.name} `).split(' ');
    expect(program).toBe('kubectl');
    await stack.kubectl(args);
    const patched = await stack.api.get<{ data: object }>(`${configMaps}/argocd-cm`);
    expect(patched.data).toEqual(rendered.argocdCm.data);
  });
});
