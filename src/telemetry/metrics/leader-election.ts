/** client-go's gauge of who leads. */
import { Gauge, type Registry } from 'prom-client';

export interface LeaderElectionMetrics {
  leading(isLeader: boolean): void;
}

/** @returns the gauge of the Lease of that name */
export function leaderElectionMetrics(registry: Registry): (leaseName: string) => LeaderElectionMetrics {
  const status = new Gauge({
    name: 'leader_election_master_status',
    help: 'Whether this process is the leader of the Lease: 1 yes, 0 no.',
    labelNames: ['name'] as const,
    registers: [registry],
  });
  return (leaseName) => {
    status.set({ name: leaseName }, 0);
    return { leading: (isLeader) => status.set({ name: leaseName }, isLeader ? 1 : 0) };
  };
}
