/** What the benchmark and the process of the workers tell each other. */

export interface Login {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** `measure` forgets what was measured before; `report` asks for it. */
export type WorkOrder = { readonly kind: 'start'; readonly login: Login; readonly perSecond: number } | { readonly kind: 'measure' } | { readonly kind: 'report' };

export interface WorkReport {
  /** Of each statement, from when it was due to its answer: what waited behind one that hung has waited, too. Milliseconds. */
  readonly latencies: readonly number[];
  /** MySQL's error numbers, and how often each came. */
  readonly errors: Readonly<Record<string, number>>;
}
