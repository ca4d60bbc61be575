/** How tools bring a repository into the cluster: a step of the loop that they turn for ever. */

import { dump } from 'js-yaml';
import type { Namespace } from '../../support/namespace.ts';
import type { TestStack } from '../../support/stack.ts';
import { manifest } from './jobs.ts';
import type { Job } from './jobs.ts';

/** Applies every manifest, by name, and returns what the API server made of them. Throws when it refuses one. */
export type Tool = (repository: Readonly<Record<string, object>>) => Promise<readonly Job[]>;

/** As Argo CD (`argocd-controller`) and Flux (`kustomize-controller`) do it: conflicts are decided in favour of the repository. */
export function serverSideApply(stack: TestStack, namespace: Namespace, fieldManager: string): Tool {
  return (repository) =>
    Promise.all(
      Object.entries(repository).map(async ([name, spec]) => {
        const path = `${namespace.jobsPath}/${name}?fieldManager=${fieldManager}&force=true`;
        return JSON.parse(await stack.api.text('PATCH', path, { body: manifest(name, spec), contentType: 'application/apply-patch+yaml' })) as Job;
      }),
    );
}

/** As `kubectl apply -f` does it, and Argo CD where server-side apply is off: what was applied last is kept in an annotation. */
export function clientSideApply(stack: TestStack, namespace: Namespace): Tool {
  return async (repository) => {
    const input = Object.entries(repository).map(([name, spec]) => dump(manifest(name, spec))).join('---\n');
    const printed = await stack.kubectl(['-n', namespace.name, 'apply', '-o', 'json', '-f', '-'], { input });
    // A list, unless it is only one.
    const applied = JSON.parse(printed) as Job | { readonly items: readonly Job[] };
    return 'items' in applied ? applied.items : [applied];
  };
}
