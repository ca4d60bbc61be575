import { describe, expect, it } from '@jest/globals';
import { growthLines, scaleCells } from '../../../bench/scale-report.ts';
import { oursOf, resultOf } from './results.ts';

const runs = [
  resultOf(oursOf({ changeP50: 100, changeP99: 200, changeCpu: 0.5, peakMemory: 180 }), 1_000),
  resultOf(oursOf({ changeP50: 120, changeP99: 280, changeCpu: 0.65, peakMemory: 400 }), 20_000),
];

describe('the table of the scale runs', () => {
  it('has a column for each number of Jobs', () => {
    expect(scaleCells(runs)[0]).toEqual(['', '', '1,000', '20,000', 'goal', '']);
  });

  it('names a figure as missed when it is so with any number of Jobs', () => {
    const memory = scaleCells(runs).find(([label]) => label === 'most resident memory');
    expect(memory?.slice(2)).toEqual(['180', '400', '<= 190 MB, <= 350 MB', 'NOT MET']);
  });

  it('says how much latency and cost grow from 1,000 Jobs to 20,000', () => {
    expect(growthLines(runs).map((line) => [/[\d.]+(?= times)/.exec(line)?.[0], line.endsWith(': met')])).toEqual([
      ['1.20', true],
      ['1.40', false],
      ['1.30', true],
    ]);
  });

  it('says nothing of growth when one of the two numbers was not run', () => {
    expect(growthLines(runs.slice(0, 1))).toEqual([]);
  });
});
