/** What every act of the demo has at hand. */

import type { OperatorProcess } from '../operator.ts';
import { waitFor } from '../wait-for.ts';
import type { WorkerEvent } from '../worker.ts';
import type { DemoCluster } from './cluster.ts';
import type { RowsRead } from './job-rows.ts';
import type { JobWatch } from './job-watch.ts';
import type { RowWatch } from './row-watch.ts';
import type { Screen } from './screen.ts';
import type { Verdict } from './verdict.ts';

/** Much more than any phase needs: a machine may be busy. */
const PATIENCE_MS = 30_000;

export interface Scene {
  readonly screen: Screen;
  readonly cluster: DemoCluster;
  readonly operator: OperatorProcess;
  readonly watch: JobWatch;
  readonly rowWatch: RowWatch;
  readonly verdict: Verdict;
  readonly readRows: () => Promise<RowsRead>;
  /** What the worker has told so far, with the time (`performance.now()`). */
  readonly workerEvents: readonly (WorkerEvent & { readonly at: number })[];
  /** UID of each Job ever applied, by name: its row's `job_id`. */
  readonly uids: Map<string, string>;
  /** Lets the worker end the job that waits for it (`simulate: patience`). */
  readonly endPatience: () => void;
  /** The operator is down because the demo has killed it. */
  unplugged: boolean;
  /** Why it is no use to wait any longer: the operator, the worker or the API server has gone. */
  readonly problem: () => Error | undefined;
}

/**
 * Waits for a condition of the API server or the database.
 * @param what as it reads after "gave up waiting for"
 * @throws Error with `what` at the deadline, or at once when what the demo rests on has gone
 */
export async function until<T>(scene: Scene, what: string, condition: () => T | Promise<T>, timeoutMs: number = PATIENCE_MS): Promise<Exclude<T, undefined | null | false>> {
  const outcome = await waitFor<{ problem: Error } | { value: Exclude<T, undefined | null | false> } | undefined>(
    async () => {
      const problem = scene.problem();
      if (problem !== undefined) return { problem };
      const value = await condition();
      return value === undefined || value === null || value === false ? undefined : { value: value as Exclude<T, undefined | null | false> };
    },
    { what, timeoutMs },
  );
  if ('problem' in outcome) throw new Error(`${outcome.problem.message}, while the demo waited for ${what}`, { cause: outcome.problem });
  return outcome.value;
}

/** The row's `job_id` of a Job that was applied. */
export function uidOf(scene: Scene, name: string): string {
  const uid = scene.uids.get(name);
  if (uid === undefined) throw new Error(`Job ${name} was never seen`);
  return uid;
}
