/** controller-runtime's metrics of a controller (`pkg/internal/controller/metrics/metrics.go`). */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { RECONCILE_RESULTS, type ControllerObserver } from '../../engine/controller.ts';

export interface ReconcileMetrics {
  readonly observer: Required<ControllerObserver>;
  /** @param controller read at each scrape; without it the gauge stays at zero */
  readActiveWorkersFrom(controller: { readonly activeWorkers: number }): void;
}

/** controller-runtime's own, thinned out. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 20, 30, 60];
const LABELS = ['controller'] as const;

/** @param maxConcurrent how many workers the controller has */
export function reconcileMetrics(registry: Registry): (controller: string, maxConcurrent: number) => ReconcileMetrics {
  const registers = [registry];
  const sources = new Map<string, { readonly activeWorkers: number }>();
  const total = new Counter({
    name: 'controller_runtime_reconcile_total',
    help: 'Total number of reconciliations per controller.',
    labelNames: ['controller', 'result'] as const,
    registers,
  });
  const errors = new Counter({
    name: 'controller_runtime_reconcile_errors_total',
    help: 'Total number of reconciliation errors per controller.',
    labelNames: LABELS,
    registers,
  });
  const time = new Histogram({
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'Length of time per reconciliation per controller.',
    labelNames: LABELS,
    buckets: BUCKETS,
    registers,
  });
  const limit = new Gauge({
    name: 'controller_runtime_max_concurrent_reconciles',
    help: 'Maximum number of concurrent reconciles per controller.',
    labelNames: LABELS,
    registers,
  });
  const active = new Gauge({
    name: 'controller_runtime_active_workers',
    help: 'Number of currently used workers per controller.',
    labelNames: LABELS,
    registers,
    collect() {
      for (const [controller, { activeWorkers }] of sources) this.set({ controller }, activeWorkers);
    },
  });

  return (controller, maxConcurrent) => {
    for (const result of RECONCILE_RESULTS) total.inc({ controller, result }, 0);
    errors.inc({ controller }, 0);
    time.zero({ controller });
    limit.set({ controller }, maxConcurrent);
    active.set({ controller }, 0);
    return {
      observer: {
        onReconciled(result, seconds) {
          total.inc({ controller, result });
          if (result === 'error') errors.inc({ controller });
          time.observe({ controller }, seconds);
        },
      },
      readActiveWorkersFrom: (source) => void sources.set(controller, source),
    };
  };
}
