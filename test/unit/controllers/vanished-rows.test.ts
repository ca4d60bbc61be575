import { describe, expect, it } from '@jest/globals';
import { JobCache } from '../../../src/controllers/job-cache.ts';
import type { JobEntry } from '../../../src/controllers/job-entry.ts';
import { VanishedRows } from '../../../src/controllers/vanished-rows.ts';
import { NOW, aFinishedRow, aJobShowing, aRow } from '../job/builders.ts';

function jobs(count: number, row = aRow()): { readonly vanished: VanishedRows; readonly entries: readonly JobEntry[]; readonly told: number[] } {
  const told: number[] = [];
  const cache = new JobCache({ changed: () => undefined, removed: () => undefined });
  const vanished = new VanishedRows(cache, (missing) => void told.push(missing));
  const ids = Array.from({ length: count }, (_, index) => `job-${index}`);
  for (const jobId of ids) cache.upsert(aJobShowing({ ...row, jobId }, { uid: jobId }), true);
  return { vanished, entries: ids.map((jobId) => cache.get(jobId)).filter((entry) => entry !== undefined), told };
}

const lose = (vanished: VanishedRows, entries: readonly JobEntry[]): void => {
  for (const entry of entries) vanished.missing(entry, 0, NOW);
};

describe('vanished rows', () => {
  it('are news for their Jobs while they are ten or fewer', () => {
    const { vanished, entries } = jobs(10);
    lose(vanished, entries);
    expect(vanished.isMassLoss()).toBe(false);
    expect(vanished.count).toBe(10);
  });

  it('are news for their Jobs while they are one in twenty or fewer', () => {
    const { vanished, entries } = jobs(400);
    lose(vanished, entries.slice(0, 20));
    expect(vanished.isMassLoss()).toBe(false);
  });

  it('put the database in doubt when they are more than both, which is told once', () => {
    const { vanished, entries, told } = jobs(100);
    lose(vanished, entries.slice(0, 11));
    expect(vanished.isMassLoss()).toBe(true);
    expect(vanished.isMassLoss()).toBe(true);
    expect(told).toEqual([11]);
  });

  it('are forgotten as they come back', () => {
    const { vanished, entries } = jobs(100);
    lose(vanished, entries.slice(0, 11));
    for (const entry of entries.slice(0, 11)) vanished.explained(entry);
    expect(vanished.isMassLoss()).toBe(false);
    expect(vanished.count).toBe(0);
  });

  it('do not count where they have finished and expired: a sweep took them, whoever ran it', () => {
    const { vanished, entries } = jobs(20, aFinishedRow('completed', { ttlExpiresAt: NOW - 1 }));
    lose(vanished, entries);
    expect(vanished.isMassLoss()).toBe(false);
  });

  it('do not count where the operator removed them itself', () => {
    const { vanished, entries } = jobs(20);
    for (const entry of entries) entry.removedByUs = true;
    lose(vanished, entries);
    expect(vanished.count).toBe(0);
  });

  it('do not count where their Jobs are being deleted with their rows: another process may have begun it', () => {
    const { vanished, entries } = jobs(20);
    for (const entry of entries) entry.job = { ...entry.job, deleting: true, spec: { ...entry.job.spec, deletionPolicy: 'Delete' } };
    lose(vanished, entries);
    expect(vanished.isMassLoss()).toBe(false);
  });

  it('that went one by one, each told in time, are many and no mass loss', () => {
    const { vanished, entries } = jobs(40);
    for (const entry of entries) {
      lose(vanished, [entry]);
      const synced = { type: 'Synced', status: 'False', reason: 'RowMissing', message: '', lastTransitionTime: '', observedGeneration: 1 } as const;
      entry.job = { ...entry.job, status: { ...entry.job.status, conditions: [synced] } };
      vanished.told(entry);
      expect(vanished.isMassLoss()).toBe(false);
    }
    expect(vanished.count).toBe(40);
  });
});
