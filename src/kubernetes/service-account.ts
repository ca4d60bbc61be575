/** The identity that the kubelet mounts into a pod. Needs nothing of client-node. */
import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import { OperatorError } from '../errors.ts';
import type { AccessEnvironment, ClusterAccess } from './cluster-access.ts';

const MOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * Undefined outside of a pod. Token and CA are read at each call: the kubelet replaces both files while the pod runs,
 * and a bound token lives an hour.
 *
 * @param mount the folder with `token`, `ca.crt` and `namespace`
 */
export function mountedServiceAccount(environment: AccessEnvironment, mount = MOUNT): ClusterAccess | undefined {
  const host = environment.KUBERNETES_SERVICE_HOST;
  const tokenFile = join(mount, 'token');
  if (!host || !existsSync(tokenFile)) return undefined;
  const namespaceFile = join(mount, 'namespace');
  const port = environment.KUBERNETES_SERVICE_PORT || '443';
  return {
    server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
    proxyUrl: undefined,
    namespace: existsSync(namespaceFile) ? readFileSync(namespaceFile, 'utf8').trim() : undefined,
    source: 'the service account of this pod',
    async credentials() {
      try {
        const [token, ca] = await Promise.all([readFile(tokenFile, 'utf8'), readFile(join(mount, 'ca.crt'))]);
        return { headers: { authorization: `Bearer ${token.trim()}` }, tls: { ca } };
      } catch (error) {
        throw new OperatorError('API_UNAUTHORIZED', `the service account's token or CA in ${mount} cannot be read`, { cause: error });
      }
    },
  };
}
