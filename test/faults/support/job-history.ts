/** Every version of every Job of a namespace, as a watch delivers them: what a resource showed before it went. */

import { createInterface } from 'node:readline';
import { Agent, request } from 'undici';
import type { Job } from '../../e2e/support/jobs.ts';
import type { KubernetesCredentials, Namespace } from '../../support/stack.ts';

export interface JobHistory {
  /** The versions of each resource, oldest first, by uid. */
  readonly versions: ReadonlyMap<string, readonly Job[]>;
  close(): Promise<void>;
}

/** Far longer than any run; the watch does not go on by itself. */
const WATCH_SECONDS = 600;

export async function recordHistory(credentials: KubernetesCredentials, namespace: Namespace): Promise<JobHistory> {
  const agent = new Agent({ connect: { ca: credentials.ca } });
  const { statusCode, body } = await request(`${credentials.url}${namespace.jobsPath}?watch=true&timeoutSeconds=${WATCH_SECONDS}`, {
    dispatcher: agent,
    headers: { authorization: `Bearer ${credentials.token}`, accept: 'application/json' },
    bodyTimeout: 0,
  });
  if (statusCode !== 200) throw new Error(`the watch of ${namespace.jobsPath} was answered ${statusCode}: ${await body.text()}`);
  const versions = new Map<string, Job[]>();
  let closed = false;
  const reading = (async () => {
    try {
      for await (const line of createInterface({ input: body })) {
        const { object } = JSON.parse(line) as { readonly object: Job };
        const ofJob = versions.get(object.metadata.uid) ?? [];
        ofJob.push(object);
        versions.set(object.metadata.uid, ofJob);
      }
    } catch (error) {
      if (!closed) throw error;
    }
  })();
  // Awaited by `close`; until then a failure must not end the process.
  reading.catch(() => undefined);
  return {
    versions,
    async close() {
      closed = true;
      body.destroy();
      await agent.destroy();
      await reading;
    },
  };
}
