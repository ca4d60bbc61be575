/** Who works: this process for as long as it holds the Lease, or always where there is no election. */
import { hostname } from 'node:os';
import type { LeaderElectionSettings } from '../config.ts';
import type { Clock } from '../engine/clock.ts';
import { LeaderElector } from '../engine/leader-election.ts';
import { newHolderIdentity } from '../engine/lease.ts';
import type { ClusterAccess } from '../kubernetes/cluster-access.ts';
import { createLeaseClient } from '../kubernetes/lease-client.ts';
import { createTransport } from '../kubernetes/transport.ts';
import type { AttemptOutcome } from '../kubernetes/transport.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';

export interface LeadershipParts {
  readonly settings: LeaderElectionSettings;
  readonly access: ClusterAccess;
  /** Told of each attempt of a request. */
  readonly observe: (outcome: AttemptOutcome) => void;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Leadership {
  /** Whether this process may begin an effect now. */
  isLeading(): boolean;
  /** Calls `onTerm` for each term, with a signal that aborts at its end, until `signal` aborts; then gives the Lease up. */
  run(signal: AbortSignal, onTerm: (term: AbortSignal) => Promise<void>): Promise<void>;
}

export function createLeadership({ settings, access, observe, metrics, clock, logger }: LeadershipParts): Leadership {
  const observer = metrics.leaderElection(settings.leaseName);
  if (!settings.enabled) {
    return {
      isLeading: () => true,
      async run(signal, onTerm) {
        observer.leading(true);
        await onTerm(signal);
      },
    };
  }
  // A renewal must not wait for a connection behind a thousand status writes.
  const transport = createTransport(access, { observe });
  const { leaseNamespace: namespace, leaseName: name } = settings;
  const identity = newHolderIdentity(hostname());
  const elector = new LeaderElector({
    store: createLeaseClient(transport, { namespace, name }),
    identity,
    clock,
    observer: {
      leading(isLeader) {
        observer.leading(isLeader);
        logger.info({ lease: `${namespace}/${name}`, identity }, isLeader ? 'this process leads' : 'this process leads no longer');
      },
    },
    onTrouble({ during, error, attempt, delayMs }) {
      const retryMs = delayMs === undefined ? undefined : Math.round(delayMs);
      // An outage of an hour is two thousand attempts.
      const loud = (attempt & (attempt - 1)) === 0;
      logger[loud ? 'warn' : 'debug']({ error, during, attempt, retryMs }, 'the Lease could not be read or written');
    },
    onHolder: (holder) => logger.info({ holder, lease: `${namespace}/${name}` }, holder === '' ? 'nobody holds the Lease' : 'the Lease has a holder'),
  });
  return {
    isLeading: () => elector.isLeading(),
    async run(signal, onTerm) {
      try {
        await elector.run(signal, onTerm);
      } finally {
        await transport.close();
      }
    },
  };
}
