import { describe, expect, it } from '@jest/globals';
import { ChangeReport } from '../../../src/database/change-report.ts';
import type { ChangeKind } from '../../../src/database/change-feed.ts';

const KNOWN = 'running,30,1,-,-;-,-';

function reportOf(...kinds: readonly ChangeKind[]): ChangeReport {
  const report = new ChangeReport(() => undefined);
  for (const [index, kind] of kinds.entries()) report.tell(`job-${index}`, { kind, print: undefined, known: KNOWN, at: 1_000 * index });
  return report;
}

describe('an end that was told', () => {
  it('counts until it is acted on', () => {
    const report = reportOf('finished', 'missing', 'left');
    expect(report.ended(3_000)).toEqual(['job-0', 'job-1', 'job-2']);
    report.processed('job-1', 'completed,100,2,2,-;-,-');
    expect(report.ended(3_000)).toEqual(['job-0', 'job-2']);
  });

  it('counts for five seconds, after which it is told again', () => {
    const report = reportOf('finished', 'left');
    expect(report.ended(4_999)).toEqual(['job-0', 'job-1']);
    expect(report.ended(5_000)).toEqual(['job-1']);
    expect(report.tell('job-0', { kind: 'finished', print: undefined, known: KNOWN, at: 5_000 })).toBe(true);
    expect(report.ended(5_000)).toEqual(['job-1', 'job-0']);
  });

  it('is not a start, nor a step, which move on or stay', () => {
    const report = reportOf('started', 'progress', 'finished', 'other');
    expect([report.ended(3_000), report.moved(3_000)]).toEqual([['job-2'], ['job-0', 'job-2']]);
  });
});
