import { describe, expect, it } from '@jest/globals';
import { FullPass } from '../../../src/database/full-pass.ts';

const ids = (count: number): string[] => Array.from({ length: count }, (_, index) => `job-${index}`);

describe('the full pass', () => {
  it('comes to every job within a minute, wherever in its round it was', () => {
    const pass = new FullPass({ all: () => ids(50_000) });
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
    const pass = new FullPass({ all: () => ids(50_000) });
    let most = 0;
    for (let now = 0; now <= 120_000; now += 250) most = Math.max(most, pass.due(now).length);
    expect(most).toBeLessThanOrEqual(251);
  });

  it('does not make up for an outage at once', () => {
    const pass = new FullPass({ all: () => ids(50_000) });
    pass.due(0);
    expect(pass.due(600_000).length).toBeLessThanOrEqual(2_000);
  });

  it('takes in new jobs with the next round', () => {
    const all = ['a'];
    const pass = new FullPass({ all: () => all });
    pass.due(0);
    all.push('b');
    const later = new Set<string>();
    for (let now = 0; now <= 110_000; now += 1_000) for (const jobId of pass.due(now)) later.add(jobId);
    expect(later).toEqual(new Set(['a', 'b']));
  });
});
