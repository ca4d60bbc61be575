import { describe, expect, it } from '@jest/globals';
import { cellsOf, tableOf } from '../../../bench/report.ts';
import { oursOf, resultOf } from './results.ts';

/** The line of a figure, by its label's end. */
function line(cells: readonly (readonly string[])[], label: string): readonly string[] | undefined {
  return cells.find(([first]) => first?.endsWith(label));
}

const peak = (jobs: number): readonly string[] | undefined => line(cellsOf(resultOf(oursOf({ peakMemory: 300 }), jobs)), 'most resident memory');

describe('the table of a run', () => {
  it('shows the median over the rounds and what was least and most', () => {
    const cells = cellsOf(resultOf(oursOf({ acceptRate: 300 }, { acceptRate: 100 }, { acceptRate: 210 })));
    expect(line(cells, 'Pending shown')).toEqual([expect.anything(), 'Jobs/s', '210 (100–300)', '', '']);
  });

  it('has no line for what was not measured', () => {
    expect(cellsOf(resultOf(oursOf({ idleCpu: 1 })))).toHaveLength(2);
  });

  it.each([
    { share: 0.55, verdict: 'met' },
    { share: 0.54, verdict: 'NOT MET' },
  ])('holds a share of $share of the floor to its goal: $verdict', ({ share, verdict }) => {
    const cells = cellsOf(resultOf(oursOf({ acceptShare: share })));
    expect(line(cells, 'share of the floor')?.slice(-2)).toEqual(['>= 0.55', verdict]);
  });

  it('puts the rival next to ours, and the median and spread of the ratios of each round', () => {
    const cells = cellsOf(
      resultOf([
        { ours: { changeP50: 100 }, rival: { changeP50: 400 } },
        { ours: { changeP50: 300 }, rival: { changeP50: 600 } },
        { ours: { changeP50: 120 }, rival: { changeP50: 400 } },
      ]),
    );
    expect(cells[0]).toEqual(['', '', 'ours', 'rival', 'ratio', 'goal', '']);
    expect(line(cells, 'p50')).toEqual([expect.anything(), 'ms', '120 (100–300)', '400 (400–600)', '0.30 (0.25–0.50)', '<= 160 ms', 'met']);
  });

  it('has no ratio to nothing', () => {
    const cells = cellsOf(resultOf([{ ours: { idleWrites: 1 }, rival: { idleWrites: 0 } }]));
    expect(line(cells, 'API writes')).toEqual([expect.anything(), '', '1', '0', '', '<= 0', 'NOT MET']);
  });

  it('judges a goal against the rival by the ratio, and not at all without a rival', () => {
    const raced = cellsOf(resultOf([{ ours: { acceptCpu: 0.9 }, rival: { acceptCpu: 1 } }]));
    expect(line(raced, 'CPU per Job')?.slice(-3)).toEqual(['0.90', 'ratio <= 0.6', 'NOT MET']);
    const alone = cellsOf(resultOf(oursOf({ acceptCpu: 0.9 })));
    expect(line(alone, 'CPU per Job')?.slice(-2)).toEqual(['ratio <= 0.6', '']);
  });

  it('allows more memory for more Jobs', () => {
    expect(peak(1_000)?.slice(-2)).toEqual(['<= 190 MB', 'NOT MET']);
    expect(peak(50_000)?.slice(-2)).toEqual(['<= 350 MB', 'met']);
  });

  it('is one line for each figure, in columns', () => {
    const lines = tableOf(resultOf(oursOf({ idleCpu: 1, idleWrites: 0 }))).split('\n');
    expect(lines).toHaveLength(3);
    expect(new Set(lines.slice(1).map((text) => text.search(/met$/)))).toHaveProperty('size', 1);
  });
});
