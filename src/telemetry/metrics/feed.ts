/** Whether the change feed keeps up with the table. */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Clock } from '../../engine/clock.ts';

export interface FeedMetrics {
  /** A complete look at the rows has succeeded; what is older than its begin has been seen. */
  looked(): void;
  /** @param count rows that differ from what was last seen of them */
  rowsChanged(count: number): void;
}

export function feedMetrics(registry: Registry, clock: Pick<Clock, 'now' | 'monotonic'>): FeedMetrics {
  const registers = [registry];
  let lastLook: number | undefined;
  const changes = new Counter({ name: 'jobs_operator_row_changes_total', help: 'Changed rows that the feed found.', registers });
  const lastSuccess = new Gauge({
    name: 'jobs_operator_feed_last_success_timestamp_seconds',
    help: 'When the feed last looked at the rows with success, Unix time; 0: never.',
    registers,
  });
  registry.registerMetric(
    new Gauge({
      name: 'jobs_operator_feed_lag_seconds',
      help: 'Age of the last successful look at the rows; 0 before the first.',
      registers: [],
      collect() {
        this.set(lastLook === undefined ? 0 : (clock.monotonic() - lastLook) / 1000);
      },
    }),
  );
  return {
    looked() {
      lastLook = clock.monotonic();
      lastSuccess.set(clock.now() / 1000);
    },
    rowsChanged: (count) => changes.inc(count),
  };
}
