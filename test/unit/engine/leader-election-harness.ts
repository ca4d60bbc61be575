/** Candidates for one Lease, on one clock. */
import { LeaderElector } from '../../../src/engine/leader-election.ts';
import type { LeaderElectionTrouble, LeaderElectorOptions } from '../../../src/engine/leader-election.ts';
import type { Lease } from '../../../src/engine/lease.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { FakeLeaseServer } from './fake-lease-store.ts';
import type { FakeLeaseClient } from './fake-lease-store.ts';

export interface Term {
  readonly signal: AbortSignal;
  /** Ends the term's work; it does not end by itself. */
  readonly end: () => void;
  readonly fail: (error: unknown) => void;
}

export interface Candidate {
  readonly elector: LeaderElector;
  readonly client: FakeLeaseClient;
  readonly terms: Term[];
  readonly leading: boolean[];
  readonly troubles: LeaderElectionTrouble[];
  readonly holders: string[];
  readonly running: Promise<void>;
  readonly stop: () => void;
}

export interface Harness {
  readonly clock: FakeClock;
  readonly server: FakeLeaseServer;
  /** Starts one. Its terms end when told to; with `obedient` (default) as soon as their signal aborts. */
  candidate(identity: string, options?: Partial<LeaderElectorOptions<Lease>> & { readonly obedient?: boolean }): Candidate;
}

export function harness(): Harness {
  const clock = new FakeClock();
  const server = new FakeLeaseServer();
  return {
    clock,
    server,
    candidate(identity, { obedient = true, ...options } = {}) {
      const client = server.client();
      const terms: Term[] = [];
      const leading: boolean[] = [];
      const troubles: LeaderElectionTrouble[] = [];
      const holders: string[] = [];
      const elector = new LeaderElector({
        store: client,
        identity,
        clock,
        random: () => 0,
        observer: { leading: (isLeader) => leading.push(isLeader) },
        onTrouble: (trouble) => troubles.push(trouble),
        onHolder: (holder) => holders.push(holder),
        ...options,
      });
      const abort = new AbortController();
      const running = elector.run(abort.signal, (signal) => {
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        terms.push({ signal, end: resolve, fail: reject });
        if (obedient) signal.addEventListener('abort', () => resolve());
        return promise;
      });
      // Tests that expect a rejection look at it later.
      running.catch(() => undefined);
      return { elector, client, terms, leading, troubles, holders, running, stop: () => abort.abort(new Error('SIGTERM')) };
    },
  };
}

/** The signal of its newest term. */
export function lastTerm({ terms }: Candidate): Term {
  const term = terms.at(-1);
  if (term === undefined) throw new Error('it was never elected');
  return term;
}
