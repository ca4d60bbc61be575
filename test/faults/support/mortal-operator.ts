/** An operator that dies at its crash point, or falls asleep there, and the one that is started in its place, as a Deployment would. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Metrics } from '../../../dev/metrics.ts';
import { OPERATOR_STOPS_WITHIN_MS } from '../../../dev/operator.ts';
import type { OperatorProcess, TestStack } from '../../support/stack.ts';
import { waitFor } from '../../support/stack.ts';
import { CRASH_POINT_VARIABLE, JOURNAL_VARIABLE } from './effect.ts';
import type { CrashPoint, Effect } from './effect.ts';
import type { Stage } from './stage.ts';

const PROBE = new URL('effect-probe.ts', import.meta.url).href;
const LEASE = 'jobs-operator';
/** Longer than a Lease lasts, than an INSERT may be on its way, and as long as no row is removed after its creation. */
const SLEEP_MS = 20_000;

/** Everything that it can be asked to do, and quickly. */
const SETTINGS = {
  FEED_INTERVAL_MS: '50',
  PROGRESS_INTERVAL_MS: '200',
  TTL_SWEEP_INTERVAL_SECONDS: '1',
  TTL_SWEEP_FOREIGN_GRACE_SECONDS: '0',
  CLUSTER_NAME: 'test',
  DB_MIGRATE: 'full',
  LEADER_ELECTION: 'true',
  LEASE_NAME: LEASE,
};

export interface MortalOperator {
  /** Starts the first, and looks after it. */
  launch(): void;
  /** Whether the first has died, or sleeps, and another one has taken its place. */
  isReborn(): boolean;
  /** Waits until the first is awake again, 20 s after it fell asleep, and knows that it does not lead. @returns whether it ever slept */
  awake(): Promise<boolean>;
  /** What the first did, up to its death. */
  effects(): readonly Effect[];
  /** Asks the present one to end, and returns how it did. Whoever dies of that is not replaced. */
  stop(): Promise<string>;
  /** Starts another one after `stop`. */
  relaunch(): void;
  /** Kills what there is. Throws when the one that had no crash point died as well. */
  end(): Promise<void>;
}

/** @param onDeath what happens while nobody is there: before another one is started */
export async function createMortalOperator(stack: TestStack, stage: Stage, point: CrashPoint | undefined, onDeath: () => Promise<void>): Promise<MortalOperator> {
  const { namespace, database } = stage;
  const journal = join(stack.folder.path, `effects-${namespace.name}`);
  const operator = (name: string, env: Readonly<Record<string, string>>): Promise<OperatorProcess> =>
    stack.unstartedOperator({
      database,
      name: `${namespace.name}-${name}`,
      env: { ...SETTINGS, WATCH_NAMESPACES: namespace.name, LEASE_NAMESPACE: namespace.name, NODE_OPTIONS: `--import=${PROBE}`, ...env },
    });
  const first = await operator('first', { [JOURNAL_VARIABLE]: journal, ...(point === undefined ? {} : { [CRASH_POINT_VARIABLE]: JSON.stringify(point) }) });
  const second = await operator('second', {});
  let reborn = false;
  let over = false;
  let waking: Promise<void> | undefined;

  async function succeed(): Promise<void> {
    await waitFor(() => over || first.service.pid === undefined || isStopped(first.service.pid), { what: 'the end of the life', timeoutMs: 600_000, intervalMs: 10 });
    if (over) return;
    reborn = true;
    const asleepSince = first.service.pid === undefined ? undefined : performance.now();
    // Else every run would wait 15 s for the dead holder's Lease to expire.
    await stack.api.send('DELETE', `/apis/coordination.k8s.io/v1/namespaces/${namespace.name}/leases/${LEASE}`);
    await onDeath();
    second.service.launch();
    if (asleepSince === undefined) return;
    waking = wakeFrom(asleepSince);
    // Awaited by `awake`, unless the play has failed before.
    waking.catch(() => undefined);
  }

  /** Not before another one leads: else it would go on as if nothing had been. */
  async function wakeFrom(asleepSince: number): Promise<void> {
    await waitFor(() => over || isLeading(second), { what: 'the other one to lead', timeoutMs: 60_000 });
    await sleep(Math.max(0, SLEEP_MS - (performance.now() - asleepSince)));
    await first.service.kill('SIGCONT');
  }
  let succession: Promise<void> | undefined;

  return {
    launch() {
      first.service.launch();
      succession = succeed();
      // Awaited by `end`.
      succession.catch(() => undefined);
    },
    isReborn: () => reborn,
    async awake() {
      if (waking === undefined) return false;
      await waking;
      await waitFor(async () => !(await isLeading(first)), { what: 'the sleeper to know that another one leads', timeoutMs: 20_000 });
      return true;
    },
    effects() {
      const lines = existsSync(journal) ? readFileSync(journal, 'utf8').split('\n') : [];
      return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Effect);
    },
    async stop() {
      // It may have died a moment ago, and a process that has just begun does not listen to signals yet.
      if (first.service.pid === undefined) {
        await waitFor(() => second.service.pid, { what: 'the successor', timeoutMs: 10_000, intervalMs: 10 });
        await second.service.ready();
      }
      over = true;
      // Else it would lead once more.
      if (waking !== undefined) await first.service.kill('SIGKILL');
      return (reborn ? second : first).service.stop(OPERATOR_STOPS_WITHIN_MS);
    },
    relaunch() {
      reborn = true;
      second.service.launch();
    },
    async end() {
      over = true;
      await succession;
      await Promise.all([first.service.kill('SIGKILL'), second.service.kill('SIGKILL')]);
    },
  };
}

async function isLeading({ url }: OperatorProcess): Promise<boolean> {
  return (await new Metrics(url).sum('leader_election_master_status', { name: LEASE })) === 1;
}

/** The state in its third field; the second is the name, in parentheses. */
function isStopped(pid: number): boolean {
  try {
    return /\) T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch (error) {
    // It has ended in this moment.
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}
