/** Which API server, and as whom. */
import { OperatorError } from '../errors.ts';
import { loadKubeconfig } from './kubeconfig.ts';
import { mountedServiceAccount } from './service-account.ts';

/** What a TLS connection to the API server needs; PEM. */
export interface TlsMaterial {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  /** Name to check the certificate against, where it is not the server's host. */
  readonly servername?: string;
  /** False only where the kubeconfig says insecure-skip-tls-verify. */
  readonly rejectUnauthorized?: boolean;
}

export interface Credentials {
  /** Authorization, and impersonation where it is configured. */
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsMaterial;
}

export interface ClusterAccess {
  /** `https://host:port`, with a path where the API server stands behind one. */
  readonly server: string;
  /** An HTTP(S) or SOCKS5 proxy on the way to it. */
  readonly proxyUrl: string | undefined;
  /** The namespace of the context or of the pod. */
  readonly namespace: string | undefined;
  /** Where it comes from, for people: a file name, or that it is the pod's service account. */
  readonly source: string;
  /**
   * The credentials as they are now. Called every few seconds, so files that rotate are picked up.
   *
   * @param renew the API server refused the last ones: read everything again, run plugins again
   */
  credentials(renew: boolean): Promise<Credentials>;
}

export interface AccessEnvironment {
  readonly KUBERNETES_SERVICE_HOST?: string | undefined;
  readonly KUBERNETES_SERVICE_PORT?: string | undefined;
  readonly KUBECONFIG?: string | undefined;
  readonly HOME?: string | undefined;
}

/**
 * In-cluster service account, else `KUBECONFIG`, else `~/.kube/config` (contract, section 6; client-node's own
 * order is the reverse, so that a stray file in an image would win over the pod's identity).
 *
 * @throws CONFIG_INVALID when there is none, or when the one there is cannot be read
 */
export async function findClusterAccess(environment: AccessEnvironment): Promise<ClusterAccess> {
  const access = mountedServiceAccount(environment) ?? (await loadKubeconfig(environment));
  if (access) return access;
  throw new OperatorError(
    'CONFIG_INVALID',
    'no cluster to work for: this is no pod with a service account, KUBECONFIG is not set, and there is no ~/.kube/config',
  );
}
