/** Every figure that a run can yield: its name in the JSON, its row in the table, and the goal it is held to. */

export interface Figure {
  readonly label: string;
  readonly unit: string;
  readonly decimals: number;
}

export const FIGURES = {
  acceptRate: { label: 'accepted: row and Pending shown', unit: 'Jobs/s', decimals: 0 },
  acceptFloor: { label: '  floor: finalizer and status written', unit: 'Jobs/s', decimals: 0 },
  acceptShare: { label: '  share of the floor', unit: '', decimals: 2 },
  acceptCpu: { label: '  CPU per Job', unit: 'ms', decimals: 2 },
  acceptWrites: { label: '  API writes per Job', unit: '', decimals: 2 },
  acceptStatements: { label: '  SQL statements per Job', unit: '', decimals: 2 },
  idleCpu: { label: 'idle: CPU, of a core', unit: '%', decimals: 1 },
  idleWrites: { label: '  API writes', unit: '', decimals: 0 },
  idleRequests: { label: '  API requests a second', unit: '/s', decimals: 1 },
  idleStatements: { label: '  SQL statements a second', unit: '/s', decimals: 1 },
  idleMemory: { label: '  resident memory', unit: 'MB', decimals: 0 },
  changeP50: { label: 'single change: row to status, p50', unit: 'ms', decimals: 0 },
  changeP99: { label: '  p99', unit: 'ms', decimals: 0 },
  changeFloor: { label: '  floor: a status sent and seen, p50', unit: 'ms', decimals: 0 },
  changeCpu: { label: '  CPU per change', unit: 'ms', decimals: 2 },
  changeWrites: { label: '  API writes per change', unit: '', decimals: 2 },
  changeStatements: { label: '  SQL statements per change', unit: '', decimals: 2 },
  completeRate: { label: 'completed in bulk: all shown', unit: 'Jobs/s', decimals: 0 },
  completeFloor: { label: '  floor: status written', unit: 'Jobs/s', decimals: 0 },
  completeShare: { label: '  share of the floor', unit: '', decimals: 2 },
  completeCpu: { label: '  CPU per Job', unit: 'ms', decimals: 2 },
  completeWrites: { label: '  API writes per Job', unit: '', decimals: 2 },
  completeStatements: { label: '  SQL statements per Job', unit: '', decimals: 2 },
  deleteRate: { label: 'deleted: all gone', unit: 'Jobs/s', decimals: 0 },
  deleteFloor: { label: '  floor: finalizer taken off', unit: 'Jobs/s', decimals: 0 },
  deleteShare: { label: '  share of the floor', unit: '', decimals: 2 },
  deleteCpu: { label: '  CPU per Job', unit: 'ms', decimals: 2 },
  restartReady: { label: 'restart: start to /readyz', unit: 's', decimals: 2 },
  restartShown: { label: '  start to a change shown', unit: 's', decimals: 2 },
  restartWrites: { label: '  needless API writes', unit: '', decimals: 0 },
  restartMemory: { label: '  resident memory', unit: 'MB', decimals: 0 },
  peakMemory: { label: 'most resident memory', unit: 'MB', decimals: 0 },
} as const satisfies Readonly<Record<string, Figure>>;

export type FigureName = keyof typeof FIGURES;
export const FIGURE_NAMES = Object.keys(FIGURES) as readonly FigureName[];

/** What one operator yielded in one round. */
export type Figures = Partial<Readonly<Record<FigureName, number>>>;
