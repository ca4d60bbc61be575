import { describe, expect, it } from '@jest/globals';
import { FullPass } from '../../../src/database/full-pass.ts';

const ids = (count: number): string[] => Array.from({ length: count }, (_, index) => `job-${index}`);
const passOver = (all: readonly string[], intervalMs = 250): FullPass => new FullPass({ all: () => all, count: () => all.length }, intervalMs);

describe('the full pass', () => {
  it.each([50_000, 1_000, 3])('comes to every one of %d jobs within a minute, again and again', (count) => {
    const pass = passOver(ids(count));
    const seenAt = new Map<string, number>();
    let longest = 0;
    for (let now = 0; now <= 180_000; now += 250) {
      for (const jobId of pass.due(now)) {
        longest = Math.max(longest, now - (seenAt.get(jobId) ?? 0));
        seenAt.set(jobId, now);
      }
    }
    expect(seenAt.size).toBe(count);
    expect(longest).toBeLessThan(60_000);
  });

  it('gathers the keys of few jobs for a second, and hands each out in its turn', () => {
    const pass = passOver(ids(1_000));
    const sizes: number[] = [];
    for (let now = 0; now < 45_000; now += 250) {
      const due = pass.due(now);
      if (due.length > 0) sizes.push(due.length);
    }
    expect(sizes.length).toBeLessThanOrEqual(45);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(23);
  });

  it('asks for about as many at every look', () => {
    const pass = passOver(ids(50_000));
    let most = 0;
    for (let now = 0; now <= 120_000; now += 250) most = Math.max(most, pass.due(now).length);
    expect(most).toBeLessThanOrEqual(279);
  });

  it('does not make up for an outage at once', () => {
    const pass = passOver(ids(50_000));
    pass.due(0);
    expect(pass.due(600_000).length).toBeLessThanOrEqual(2_500);
  });

  it('keeps its promise when looks come every two seconds only', () => {
    const pass = passOver(ids(50_000));
    const seen = new Set<string>();
    for (let now = 0; now < 60_000; now += 2_000) for (const jobId of pass.due(now)) seen.add(jobId);
    expect(seen.size).toBe(50_000);
  });

  it.each([250, 5_000, 20_000])('comes within a minute to a job that is new, with a look every %d ms', (intervalMs) => {
    const all = ids(1_000);
    const pass = passOver(all, intervalMs);
    pass.due(0);
    pass.due(intervalMs);
    all.push('new');
    let now = intervalMs;
    do now += intervalMs;
    while (!pass.due(now).includes('new') && now < 120_000);
    expect(now - intervalMs).toBeLessThanOrEqual(60_000);
  });

  it('has nothing to hand out when all jobs are gone, and no debt when others come', () => {
    const all = ids(1_000);
    const pass = passOver(all);
    pass.due(0);
    all.length = 0;
    expect(pass.due(5_000)).toEqual([]);
    all.push('new');
    expect(pass.due(5_250).length).toBeLessThanOrEqual(1);
  });
});
