import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FIGURE_NAMES } from '../../../bench/figure.ts';
import type { BenchResult } from '../../../bench/result.ts';
import { runBench } from '../../../bench/run.ts';
import { settingsFrom } from '../../../bench/settings.ts';
import { CleanUps } from '../../../dev/clean-ups.ts';

const JOBS = 20;
const TIMEOUT_MS = 180_000;
const silent = { say: () => undefined, during: <T>(_: string, work: () => Promise<T>): Promise<T> => work() };

const cleanUps = new CleanUps();
afterAll(() => cleanUps.run(), TIMEOUT_MS);

/** What docs/performance.md runs with a thousand. */
describe('the benchmark with twenty Jobs', () => {
  let result: BenchResult;

  beforeAll(async () => {
    const settings = {
      ...settingsFrom({ BENCH_JOBS: String(JOBS), BENCH_ROUNDS: '1' }),
      // Somebody else's command, which happens to be ours: a child of a shell.
      operator: `"${process.execPath}" dist/main.js run; true`,
      idleSeconds: 1,
      changes: JOBS,
      warmUps: 1,
      warmUpWorkMs: 300,
      silenceMs: 2_000,
    };
    result = await runBench({ settings, startedAt: new Date().toISOString(), progress: silent, cleanUps });
  }, TIMEOUT_MS);

  it('yields every figure', () => {
    const figures = result.rounds[0]?.ours ?? {};
    expect(FIGURE_NAMES.filter((name) => !Number.isFinite(figures[name]))).toEqual([]);
  });

  it('counts the writes that the contract asks for', () => {
    const figures = result.rounds[0]?.ours ?? {};
    // Finalizer, status and one Event; then the status and one Event.
    expect(figures).toMatchObject({ acceptWrites: 3, completeWrites: 2, changeWrites: 2, idleWrites: 0, restartWrites: 0 });
  });

  it('finds the cost of every phase to be some', () => {
    const { acceptRate, acceptFloor, completeFloor, deleteFloor, changeP50, idleMemory, peakMemory } = result.rounds[0]?.ours ?? {};
    for (const figure of [acceptRate, acceptFloor, completeFloor, deleteFloor, changeP50, idleMemory, peakMemory]) expect(figure).toBeGreaterThan(0);
  });
});
