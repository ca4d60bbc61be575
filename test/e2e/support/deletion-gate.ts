/** An admission webhook that thinks about deletions of Jobs until it is told that it may let them pass, as a policy engine that is slow does. */

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { waitFor } from '../../../dev/wait-for.ts';
import { issueCertificates } from '../../support/certificates.ts';
import type { Namespace, TestStack } from '../../support/stack.ts';
import type { Jobs } from './jobs.ts';

export interface DeletionGate {
  /** Sends the DELETE, and waits until the API server asks about it. @returns the end of the request */
  begin(name: string): Promise<{ readonly ended: Promise<unknown> }>;
  /** Lets all pass, from now on. */
  open(): void;
}

interface AdmissionReview {
  readonly apiVersion: string;
  readonly kind: string;
  readonly request: { readonly uid: string; readonly name: string; readonly dryRun?: boolean };
}

const CONFIGURATIONS = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
/** kube-apiserver's most. */
const WEBHOOK_TIMEOUT_SECONDS = 30;

/** @param probe a Job that the gate is tried on, without deleting it */
export async function openDeletionGate(stack: TestStack, namespace: Namespace, jobs: Jobs, probe: string): Promise<DeletionGate> {
  const { caFile, certFile, keyFile } = await issueCertificates(join(stack.folder.path, 'gate'), 'IP:127.0.0.1');
  const opened = Promise.withResolvers<void>();
  const asked = new Set<string>();
  const server = createServer({ cert: await readFile(certFile), key: await readFile(keyFile) }, (incoming, answer) => {
    void (async () => {
      const { apiVersion, kind, request } = (await json(incoming)) as AdmissionReview;
      asked.add(request.name);
      if (request.dryRun !== true) await opened.promise;
      answer.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ apiVersion, kind, response: { uid: request.uid, allowed: true } }));
    })();
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  stack.defer(async () => {
    opened.resolve();
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  await stack.api.post(CONFIGURATIONS, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: namespace.name },
    webhooks: [
      {
        name: 'gate.jobs-operator.test',
        clientConfig: { url: `https://127.0.0.1:${port}/`, caBundle: (await readFile(caFile)).toString('base64') },
        rules: [{ apiGroups: ['wordpress.betaweb.ai'], apiVersions: ['*'], resources: ['jobs'], operations: ['DELETE'] }],
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace.name } },
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
        timeoutSeconds: WEBHOOK_TIMEOUT_SECONDS,
        failurePolicy: 'Fail',
      },
    ],
  });
  stack.defer(() => stack.api.delete(`${CONFIGURATIONS}/${namespace.name}`));
  const isAsked = (name: string, how: () => Promise<unknown>): Promise<unknown> =>
    waitFor(
      async () => {
        await how();
        return asked.has(name);
      },
      { what: `the gate to be asked about ${name}`, timeoutMs: 20_000 },
    );
  // The API server takes a moment to learn of a new webhook.
  await isAsked(probe, () => stack.api.delete(`${namespace.jobsPath}/${probe}`, { dryRun: ['All'] }));
  return {
    async begin(name) {
      const ended = jobs.delete(name);
      await isAsked(name, () => Promise.resolve());
      return { ended };
    },
    open: () => opened.resolve(),
  };
}
