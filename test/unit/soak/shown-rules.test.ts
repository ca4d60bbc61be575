import { describe, expect, it } from '@jest/globals';
import { judgeShown } from '../../../dev/soak/shown-rules.ts';
import type { SoakJob } from '../../../dev/soak/soak-job.ts';
import { COMPLETED, entry, evidence, row, showing } from './evidence.ts';

const RUNNING = row({ status: 'running', progress: 40 });
const DIARY = [entry('operator', null, row(), 0), entry('workers', row(), RUNNING, 1), entry('workers', RUNNING, COMPLETED, 2)];

const kinds = (versions: readonly SoakJob[]): readonly string[] => judgeShown(evidence(DIARY, versions)).map(({ kind }) => kind);

describe('the judge of what resources show', () => {
  it('lets states be left out', () => {
    expect(kinds([showing(row()), showing(COMPLETED)])).toEqual([]);
  });

  it('calls one that goes back from finished resurrected', () => {
    expect(kinds([showing(COMPLETED), showing(RUNNING)])).toEqual(['resurrected']);
  });

  it('calls one that shows what its row never was contradicting', () => {
    expect(kinds([showing({ ...RUNNING, progress: 41 })])).toEqual(['contradicting']);
  });

  it('wants 100 % if and only if it is completed', () => {
    const odd = showing(RUNNING);
    expect(kinds([{ ...odd, status: { ...odd.status, progress: 100 } }])).toContain('contradicting');
  });

  it('wants a row that is named to stay so', () => {
    const other = showing(COMPLETED);
    expect(kinds([showing(RUNNING), { ...other, status: { ...other.status, jobId: 'uid-2' } }])).toContain('contradicting');
  });
});
