/** The Jobs in the columns of `kubectl get wpjobs`, with a bar for the progress. */

import type { JobResource } from './job-resource.ts';
import type { Screen } from './screen.ts';
import { textTable } from '../text-table.ts';

const BAR_CELLS = 24;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** @param now milliseconds since 1970 */
export function jobTable(jobs: Iterable<JobResource>, screen: Screen, now: number): string[] {
  const header = ['NAME', 'TYPE', 'PHASE', 'PROGRESS', '', 'AGE'].map((title) => screen.paint('dim', title));
  const lines = [...jobs].map((job) => {
    const { phase = '', progress = 0 } = job.status;
    const age = Math.max(0, Math.floor((now - Date.parse(job.metadata.creationTimestamp)) / 1000));
    return [job.metadata.name, job.spec.type, paintPhase(screen, phase), bar(screen, phase, progress), `${progress} %`.padStart(5), `${age}s`];
  });
  return textTable([header, ...lines]);
}

export function paintPhase(screen: Screen, phase: string, text = phase): string {
  switch (phase) {
    case 'Completed':
      return screen.paint('green', text);
    case 'Failed':
      return screen.paint('red', text);
    case 'Cancelled':
      return screen.paint('yellow', text);
    case 'Running':
      return screen.paint('cyan', text);
    default:
      return text;
  }
}

function bar(screen: Screen, phase: string, percent: number): string {
  const eighths = Math.round((percent / 100) * BAR_CELLS * 8);
  const full = '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '');
  return paintPhase(screen, phase, full) + screen.paint('dim', '░'.repeat(BAR_CELLS - full.length));
}
