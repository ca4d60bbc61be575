import { describe, expect, it } from '@jest/globals';
import { PHASES, scaleFrom, settingsFrom } from '../../../bench/settings.ts';

describe('the settings of the benchmark', () => {
  it('are 1,000 Jobs, five rounds and all phases', () => {
    expect(settingsFrom({})).toMatchObject({ jobs: 1_000, rounds: 5, phases: PHASES, operator: undefined, rival: undefined, publish: false });
  });

  it('run phases in their order, however they are named', () => {
    expect(settingsFrom({ BENCH_PHASES: 'complete, accept' }).phases).toEqual(['accept', 'complete']);
  });

  it('take an empty variable for an unset one', () => {
    expect(settingsFrom({ BENCH_JOBS: '', BENCH_RIVAL: '', BENCH_PUBLISH: '' })).toMatchObject({ jobs: 1_000, rival: undefined, publish: false });
  });

  it.each([
    { BENCH_JOBS: '0' },
    { BENCH_JOBS: '1e3' },
    { BENCH_ROUNDS: 'many' },
    { BENCH_PHASES: 'accept,sleep' },
  ])('are refused with the name of the variable: %p', (env) => {
    expect(() => settingsFrom(env)).toThrow(Object.keys(env)[0] ?? '');
  });

  it('are one round for each number of Jobs of a scale run, the smallest first', () => {
    const { sizes } = scaleFrom({ BENCH_SCALE: '5000, 100' });
    expect(sizes.map(({ jobs, rounds }) => [jobs, rounds])).toEqual([[100, 1], [5_000, 1]]);
    expect(() => scaleFrom({ BENCH_SCALE: '100,,' })).toThrow('BENCH_SCALE');
  });
});
