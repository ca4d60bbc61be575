/** The jobs that a change feed watches, without a cluster: what was last processed of each row is what its resource shows. */
import type { Watched } from '../../src/database/change-feed.ts';
import { isFinishedFingerprint, isRunningFingerprint, runningText } from '../../src/database/fingerprint.ts';
import { IdShards } from '../../src/database/id-shards.ts';

export class KnownJobs implements Watched {
  /** How many versions of Jobs have come. */
  versions = 0;
  readonly #known = new Map<string, string | undefined>();
  readonly #running = new IdShards();
  readonly #waiting = new IdShards();
  #processed: (jobId: string, known: string | undefined) => void = () => undefined;

  /** @param known undefined: not processed yet */
  set(jobId: string, known: string | undefined): void {
    this.#known.set(jobId, known);
    this.#running.delete(jobId);
    this.#waiting.delete(jobId);
    if (known !== undefined && isRunningFingerprint(known)) this.#running.set(jobId, runningText(jobId, known));
    else if (known === undefined || !isFinishedFingerprint(known)) this.#waiting.set(jobId, jobId);
    this.#processed(jobId, known);
  }

  onProcessed(listener: (jobId: string, known: string | undefined) => void): void {
    this.#processed = listener;
  }

  running(): IdShards {
    return this.#running;
  }

  waiting(): IdShards {
    return this.#waiting;
  }

  all(): Iterable<string> {
    return this.#known.keys();
  }

  count(): number {
    return this.#known.size;
  }

  moment(): number {
    return this.versions;
  }

  fingerprintOf(jobId: string): string | undefined {
    return this.#known.get(jobId);
  }
}

/** Ids that are spread as those of UUIDs are. */
export function spreadIds(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${(Math.imul(index + 1, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0')}-job`);
}
