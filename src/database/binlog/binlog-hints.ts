/** The binary log as a source of hints: which rows to look at now, and not when their turn comes. Nothing rests on it. */
import type { Clock } from '../../engine/clock.ts';
import { OperatorError, hasCode } from '../../errors.ts';
import type { Connector } from '../pool.ts';
import type { TableChange } from './changed-keys.ts';
import { followBinlog } from './stream.ts';
import type { StreamParts } from './stream.ts';

/** After a broken line: 1 s, doubled up to a minute. */
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 60_000;
/** A stream that lasted this long (ms) was well: after it, a retry is a first one. */
const WELL_MS = 60_000;

export interface BinlogHintsOptions {
  readonly connect: Connector;
  /** Longest wait for an answer, before the events begin. */
  readonly timeoutMs: number;
  readonly onChange: (change: TableChange) => void;
  /** Whether changes come at the moment; true as soon as the server has begun to send. */
  readonly onLive: (isLive: boolean) => void;
  /** It is not followed, and tried again after `retryMs`. */
  readonly onLost: (error: OperatorError, retryMs: number) => void;
  readonly clock: Pick<Clock, 'monotonic' | 'sleep' | 'setTimer'>;
  /** In [0, 1). */
  readonly random?: () => number;
  /** For tests without a server. */
  readonly follow?: (parts: StreamParts, signal: AbortSignal) => Promise<void>;
}

/** Runs until aborted, then returns; outlives whatever happens to the server. Rejects on a bug only. */
export async function runBinlogHints(options: BinlogHintsOptions, signal: AbortSignal): Promise<void> {
  const { connect, timeoutMs, onChange, onLive, onLost, clock, random = Math.random, follow = followBinlog } = options;
  let failures = 0;
  while (!signal.aborted) {
    let liveAt: number | undefined;
    try {
      await follow(
        {
          connect,
          timeoutMs,
          clock,
          random,
          onChange,
          onLive() {
            liveAt = clock.monotonic();
            onLive(true);
          },
        },
        signal,
      );
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      if (liveAt !== undefined && clock.monotonic() - liveAt >= WELL_MS) failures = 0;
      // What the server refuses it refuses until somebody changes something.
      const waitMs = hasCode(error, 'DATABASE_REFUSED') ? LAST_RETRY_MS : Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures) * (0.75 + random() / 4);
      failures += 1;
      if (liveAt !== undefined) onLive(false);
      liveAt = undefined;
      onLost(error, waitMs);
      await clock.sleep(waitMs, signal);
    } finally {
      if (liveAt !== undefined) onLive(false);
    }
  }
}
