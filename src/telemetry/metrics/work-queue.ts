/** client-go's work queue metrics, with the labels of controller-runtime (`pkg/internal/metrics/workqueue.go`). */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { WorkQueueObserver } from '../../engine/work-queue.ts';

/** What is a level is read from the queue at each scrape. */
export interface QueueLevels {
  readonly depth: number;
  unfinished(): { readonly sumSeconds: number; readonly longestSeconds: number };
}

export interface WorkQueueMetrics {
  readonly observer: Required<WorkQueueObserver>;
  /** Without it the levels stay at zero. */
  readLevelsFrom(queue: QueueLevels): void;
}

/** Work starts within a millisecond on a quiet system, and may wait for minutes behind a relist. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1000];
const LABELS = ['name', 'controller'] as const;

/** @returns the metrics of the queue of that name, which is also its controller's */
export function workQueueMetrics(registry: Registry): (name: string) => WorkQueueMetrics {
  const registers = [registry];
  const queues = new Map<string, QueueLevels>();
  const level = (name: string, help: string, read: (queue: QueueLevels) => number): Gauge<'name' | 'controller'> =>
    new Gauge({
      name,
      help,
      registers,
      labelNames: LABELS,
      collect() {
        for (const [queue, levels] of queues) this.set({ name: queue, controller: queue }, read(levels));
      },
    });

  const levels = [
    level('workqueue_depth', 'Current depth of workqueue.', ({ depth }) => depth),
    level(
      'workqueue_unfinished_work_seconds',
      'How many seconds of work is in progress and not yet observed by work_duration.',
      (queue) => queue.unfinished().sumSeconds,
    ),
    level(
      'workqueue_longest_running_processor_seconds',
      'How many seconds the longest running processor has been running.',
      (queue) => queue.unfinished().longestSeconds,
    ),
  ];
  const adds = new Counter({ name: 'workqueue_adds_total', help: 'Total number of adds handled by workqueue.', labelNames: LABELS, registers });
  const retries = new Counter({ name: 'workqueue_retries_total', help: 'Total number of retries handled by workqueue.', labelNames: LABELS, registers });
  const waits = new Histogram({
    name: 'workqueue_queue_duration_seconds',
    help: 'How long in seconds an item stays in workqueue before being requested.',
    labelNames: LABELS,
    buckets: BUCKETS,
    registers,
  });
  const works = new Histogram({
    name: 'workqueue_work_duration_seconds',
    help: 'How long in seconds processing an item from workqueue takes.',
    labelNames: LABELS,
    buckets: BUCKETS,
    registers,
  });

  return (name) => {
    const labels = { name, controller: name };
    for (const gauge of levels) gauge.set(labels, 0);
    adds.inc(labels, 0);
    retries.inc(labels, 0);
    waits.zero(labels);
    works.zero(labels);
    return {
      observer: {
        onAdd: () => adds.inc(labels),
        onGet: (seconds) => waits.observe(labels, seconds),
        onDone: (seconds) => works.observe(labels, seconds),
        onRetry: () => retries.inc(labels),
      },
      readLevelsFrom: (queue) => void queues.set(name, queue),
    };
  };
}
