import { describe, expect, it } from '@jest/globals';
import { FullPass } from '../../../src/database/full-pass.ts';

const ids = (count: number): string[] => Array.from({ length: count }, (_, index) => `job-${index}`);

describe('the full pass', () => {
  it('comes to every job within a minute, wherever in its round it was', () => {
    const pass = new FullPass({ all: () => ids(50_000) }, 250);
    const seenAt = new Map<string, number>();
    let longest = 0;
    for (let now = 0; now <= 180_000; now += 250) {
      for (const jobId of pass.due(now)) {
        longest = Math.max(longest, now - (seenAt.get(jobId) ?? 0));
        seenAt.set(jobId, now);
      }
    }
    expect(seenAt.size).toBe(50_000);
    expect(longest).toBeLessThan(60_000);
  });

  it('asks for about as many at every look', () => {
    const pass = new FullPass({ all: () => ids(50_000) }, 250);
    let most = 0;
    for (let now = 0; now <= 120_000; now += 250) most = Math.max(most, pass.due(now).length);
    expect(most).toBeLessThanOrEqual(501);
  });

  it('does not make up for an outage at once', () => {
    const pass = new FullPass({ all: () => ids(50_000) }, 250);
    pass.due(0);
    expect(pass.due(600_000).length).toBeLessThanOrEqual(2_500);
  });

  it.each([250, 5_000, 20_000])('comes within a minute to a job that is new, with a look every %d ms', (intervalMs) => {
    const all = ids(1_000);
    const pass = new FullPass({ all: () => all }, intervalMs);
    pass.due(0);
    pass.due(intervalMs);
    all.push('new');
    let now = intervalMs;
    do now += intervalMs;
    while (!pass.due(now).includes('new') && now < 120_000);
    expect(now - intervalMs).toBeLessThanOrEqual(60_000);
  });
});
