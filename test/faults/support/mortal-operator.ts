/** An operator that dies at its crash point, and the one that is started in its place, as a Deployment would. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OperatorProcess, TestStack } from '../../support/stack.ts';
import { waitFor } from '../../support/stack.ts';
import { CRASH_POINT_VARIABLE, JOURNAL_VARIABLE } from './effect.ts';
import type { CrashPoint, Effect } from './effect.ts';
import type { Stage } from './stage.ts';

const PROBE = new URL('effect-probe.ts', import.meta.url).href;
const LEASE = 'jobs-operator';

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
  /** Whether the first has died. */
  isReborn(): boolean;
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

  async function succeed(): Promise<void> {
    await waitFor(() => over || first.service.pid === undefined, { what: 'the end of the life', timeoutMs: 600_000, intervalMs: 10 });
    if (over) return;
    reborn = true;
    // Else every run would wait 15 s for the dead holder's Lease to expire.
    await stack.api.send('DELETE', `/apis/coordination.k8s.io/v1/namespaces/${namespace.name}/leases/${LEASE}`);
    await onDeath();
    second.service.launch();
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
      return (reborn ? second : first).service.stop();
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
