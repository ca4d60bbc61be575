/** The cluster, as `doctor` sees it: access, permissions, definition. */
import type { Config } from '../../config.ts';
import { findClusterAccess } from '../../kubernetes/cluster-access.ts';
import { serverVersion } from '../../kubernetes/inspection.ts';
import { createTransport, type Transport } from '../../kubernetes/transport.ts';
import { checkInstalled, checkServed } from './definition.ts';
import { failure, ok, type Finding } from './finding.ts';
import { checkNeed, needsOf } from './permissions.ts';

/** One after the other; what cannot be found out is a finding too. Never throws. */
export async function* checkCluster(config: Config): AsyncGenerator<Finding, void, undefined> {
  let transport: Transport | undefined;
  try {
    const access = await findClusterAccess(config.access);
    transport = createTransport(access);
    yield ok('cluster', `Kubernetes ${await serverVersion(transport)} at ${access.server}, by ${access.source}`);
    yield* checkInside(transport, config);
  } catch (error) {
    // Without an API server there is nothing more to ask of it.
    yield failure('cluster', error);
  } finally {
    await transport?.close();
  }
}

async function* checkInside(transport: Transport, config: Config): AsyncGenerator<Finding, void, undefined> {
  const checks: readonly (readonly [string, () => Promise<Finding>])[] = [
    ['definition', () => checkServed(transport)],
    ['definition revision', () => checkInstalled(transport)],
    ...needsOf(config).map((need) => [`permission on ${need.resource}`, () => checkNeed(transport, need)] as const),
  ];
  for (const [subject, check] of checks) {
    yield await check().catch((error: unknown) => failure(subject, error));
  }
}
