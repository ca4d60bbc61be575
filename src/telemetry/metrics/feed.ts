/** Whether the change feed keeps up with the table. */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { FeedObserver } from '../../database/change-feed.ts';
import type { Clock } from '../../engine/clock.ts';

export interface FeedMetrics {
  readonly looked: FeedObserver['looked'];
  /** @param count rows that differ from what was last seen of them */
  rowsChanged(count: number): void;
  /** Whether the binary log is followed at the moment. */
  binlog(isFollowed: boolean): void;
}

export function feedMetrics(registry: Registry, clock: Pick<Clock, 'now' | 'monotonic'>): FeedMetrics {
  const registers = [registry];
  let lastLook: { readonly at: number; readonly lagSeconds: number } | undefined;
  const changes = new Counter({ name: 'jobs_operator_row_changes_total', help: 'Changed rows that the feed found.', registers });
  const lastSuccess = new Gauge({
    name: 'jobs_operator_feed_last_success_timestamp_seconds',
    help: 'When the feed last looked at the rows with success, Unix time; 0: never.',
    registers,
  });
  const binlog = new Gauge({ name: 'jobs_operator_feed_binlog', help: '1 while the binary log is followed; otherwise changed rows are only looked for.', registers });
  registry.registerMetric(
    new Gauge({
      name: 'jobs_operator_feed_lag_seconds',
      help: 'How long a change may be there without having been seen; grows while looks fail, 0 before the first.',
      registers: [],
      collect() {
        this.set(lastLook === undefined ? 0 : Math.max(lastLook.lagSeconds, (clock.monotonic() - lastLook.at) / 1000));
      },
    }),
  );
  return {
    looked(lagSeconds) {
      lastLook = { at: clock.monotonic(), lagSeconds };
      lastSuccess.set(clock.now() / 1000);
    },
    rowsChanged: (count) => changes.inc(count),
    binlog: (isFollowed) => binlog.set(isFollowed ? 1 : 0),
  };
}
