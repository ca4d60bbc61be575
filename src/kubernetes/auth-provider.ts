/** OIDC, GCP and Azure logins, which client-node's KubeConfig carries out. Imported only for a user with an `auth-provider`: 83 MB resident. */
import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import type { CurrentContext } from './kubeconfig.ts';

/** A provider's token, and the connection it took to refresh it, live as long as its context. */
const loaded = new WeakMap<CurrentContext, Promise<KubeConfig>>();

export async function providerOptions(current: CurrentContext): Promise<RequestOptions> {
  let config = loaded.get(current);
  if (!config) {
    config = load(current);
    loaded.set(current, config);
  }
  const options: RequestOptions = {};
  await (await config).applyToHTTPSOptions(options);
  return options;
}

async function load({ context, cluster, user }: CurrentContext): Promise<KubeConfig> {
  const { KubeConfig: Loader } = await import('@kubernetes/client-node/dist/config.js');
  const config = new Loader();
  config.loadFromOptions({ clusters: [cluster], users: [user], contexts: [context], currentContext: context.name });
  return config;
}
