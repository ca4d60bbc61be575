/** A local server and a transport to it that go away with the test, and a clock whose sleeps are only written down. */
import { afterEach } from '@jest/globals';
import type { ClusterAccess } from '../../../../src/kubernetes/cluster-access.ts';
import { createTransport } from '../../../../src/kubernetes/transport.ts';
import type { AttemptOutcome, Transport, TransportOptions } from '../../../../src/kubernetes/transport.ts';
import { startLocalServer } from './local-server.ts';
import type { LocalServer, Respond } from './local-server.ts';

export interface Setting {
  readonly server: LocalServer;
  readonly transport: Transport;
  /** Milliseconds of each sleep between attempts. */
  readonly slept: number[];
  readonly outcomes: AttemptOutcome[];
}

export function withServer(): (respond: Respond, options?: TransportOptions, access?: Partial<ClusterAccess>) => Promise<Setting> {
  const settings: Setting[] = [];
  afterEach(async () => {
    for (const { server, transport } of settings.splice(0)) {
      await transport.close();
      await server.stop();
    }
  });
  return async (respond, options = {}, access = {}) => {
    const server = await startLocalServer(respond, access);
    const slept: number[] = [];
    const outcomes: AttemptOutcome[] = [];
    const transport = createTransport(server.access, {
      clock: {
        monotonic: () => performance.now(),
        async sleep(ms) {
          slept.push(ms);
        },
      },
      random: () => 0.5,
      observe: (outcome) => outcomes.push(outcome),
      ...options,
    });
    const setting = { server, transport, slept, outcomes };
    settings.push(setting);
    return setting;
  };
}
