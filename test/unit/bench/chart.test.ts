import { describe, expect, it } from '@jest/globals';
import { chartOf } from '../../../bench/chart.ts';
import { scaleChart } from '../../../bench/scale-chart.ts';
import { oursOf, resultOf } from './results.ts';

const panel = (...ys: readonly number[]): Parameters<typeof chartOf>[1][number] => ({
  title: 'CPU',
  unit: 'ms',
  series: [{ label: 'all', points: ys.map((y, index) => [10 ** (index + 3), y] as const) }],
});

/** The heights of the points of each line. */
function heights(svg: string): number[][] {
  return [...svg.matchAll(/<polyline [^>]*points="([^"]*)"/g)].map(([, points = '']) => points.split(' ').map((point) => Number(point.split(',')[1])));
}

describe('the picture of the scale runs', () => {
  it('draws what does not grow as a level line, and what grows as a rising one', () => {
    const [level = []] = heights(chartOf('t', [panel(5, 5, 5)]));
    expect(new Set(level).size).toBe(1);
    const [rising = []] = heights(chartOf('t', [panel(1, 2, 4)]));
    expect(rising).toEqual(rising.toSorted((left, right) => right - left));
  });

  it('begins at zero, so that a small growth looks small', () => {
    const [[zero = 0, full = 0] = []] = heights(chartOf('t', [panel(0, 100)]));
    const [[one = 0] = []] = heights(chartOf('t', [panel(50, 100)]));
    expect(one).toBeCloseTo((zero + full) / 2, 0);
  });

  it.each([[0], [0.003], [1], [7.4], [99], [12_345], [0, 0, 0]])('holds every line inside of its panel: %p', (...ys) => {
    const svg = chartOf('t', [panel(...ys)]);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    for (const height of heights(svg).flat()) {
      expect(height).toBeGreaterThanOrEqual(40);
      expect(height).toBeLessThanOrEqual(190);
    }
  });

  it('keeps labels of lines that end together apart', () => {
    const svg = chartOf('t', [{ title: 'x', unit: '', series: ['a', 'b', 'c'].map((label) => ({ label, points: [[1_000, 5]] })) }]);
    const ys = [...svg.matchAll(/class="label[^>]* y="([\d.]+)"/g)].map(([, y]) => Number(y));
    expect(ys).toHaveLength(3);
    expect(Math.min(...ys.slice(1).map((y, index) => y - (ys[index] ?? 0)))).toBeGreaterThanOrEqual(12);
  });

  it('brings colours for dark pages along, with its own ground', () => {
    const svg = chartOf('t', [panel(1)]);
    expect(svg).toContain('@media (prefers-color-scheme: dark)');
    expect(svg).toContain('class="ground"');
  });

  it('shows text as text', () => {
    expect(chartOf('a < b & "c"', [panel(1)])).toContain('<title>a &lt; b &amp; &quot;c&quot;</title>');
  });

  it('has a panel for what was measured, and none for what was not', () => {
    const svg = scaleChart([resultOf(oursOf({ acceptCpu: 1 }), 1_000), resultOf(oursOf({ acceptCpu: 1.1 }), 5_000)]);
    expect(svg).toContain('CPU per Job');
    expect(svg).not.toContain('Resident memory');
    expect(heights(svg)).toHaveLength(1);
  });
});
