/** A Job of the soak as the API server has it. */

import type { ShownJob } from '../agreement.ts';

/** In every request payload of the soak: by it a row is known again, whatever its id. */
export interface SoakPayload {
  /** One for each piece of work: of a Job without a key its own, with a key the key's. */
  readonly token: string;
  /** Differs where the same key is used for other work. */
  readonly variant: number;
}

export interface SoakJob extends ShownJob {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly generation: number;
    readonly resourceVersion: string;
    readonly deletionTimestamp?: string;
    readonly finalizers?: readonly string[];
  };
  readonly spec: {
    readonly requestPayload: SoakPayload;
    readonly type: string;
    readonly idempotencyKey?: string;
    readonly cancel?: boolean;
    readonly ttlSecondsAfterFinished?: number;
    readonly ttlPolicy: string;
    readonly deletionPolicy: string;
  };
}

/** "status reason", or undefined without such a condition. */
export function conditionOf({ status }: ShownJob, type: string): string | undefined {
  const found = status.conditions?.find((condition) => condition.type === type);
  return found === undefined ? undefined : `${found.status} ${found.reason}`;
}
