import { describe, expect, it } from '@jest/globals';
import { decide } from '../../../src/job/decide.ts';
import { aFinishedRow, aJobShowing, aRow, absent, afterWrite, circumstances, inWords, NOW, statusWrite, steps } from './builders.ts';
import type { JobParts } from './builders.ts';

const unfinished = aJobShowing(aRow({ status: 'running', progress: 40 }));
const finished = aJobShowing(aFinishedRow('completed', { result: '1' }));
const expiring = (ttlExpiresAt: number, parts: JobParts = {}) => aJobShowing(aFinishedRow('completed', { ttlExpiresAt }), parts);

describe('a row that is gone', () => {
  it.each([
    [0, 10_000],
    [3.2, 6800],
    [9.9995, 1],
  ])('is looked for again when it was missed %d s ago', (forSeconds, ms) => {
    expect(decide(unfinished, absent({ forSeconds }), circumstances())).toEqual([{ do: 'wait', ms }]);
    expect(decide(finished, absent({ forSeconds }), circumstances())).toEqual([{ do: 'wait', ms }]);
  });

  it('unfinished, 10 s later: the Job is stalled, keeps what it showed, and says so once', () => {
    const write = statusWrite(decide(unfinished, absent({ forSeconds: 10 }), circumstances()));
    expect(inWords(write.status.conditions)).toEqual(
      ['Complete=False RowMissing', 'Failed=False RowMissing', 'Ready=False RowMissing', 'Stalled=True RowMissing', 'Synced=False RowMissing'],
    );
    expect([write.status.scope, write.status.phase, write.status.progress, write.event?.reason]).toEqual(['conditions', 'Running', 40, 'RowMissing']);
    expect(decide(afterWrite(unfinished, write.status), absent({ forSeconds: 20 }), circumstances())).toEqual([]);
  });

  it.each([
    ['no expiry', finished],
    ['an expiry to come', expiring(NOW + 1)],
  ])('finished, with %s: the outcome stands and Synced says RowMissing', (_name, job) => {
    const write = statusWrite(decide(job, absent({ forSeconds: 10 }), circumstances()));
    expect(inWords(write.status.conditions)).toEqual(['Complete=True Completed', 'Failed=False Completed', 'Ready=True Completed', 'Synced=False RowMissing']);
    expect([write.status.scope, write.event?.reason]).toEqual(['conditions', 'RowMissing']);
  });

  it('finished and expired by the database\'s clock: Synced says Expired', () => {
    const write = statusWrite(decide(expiring(NOW), absent({ forSeconds: 10, now: NOW }), circumstances({ now: 0 })));
    expect(inWords(write.status.conditions)).toContain('Synced=False Expired');
    expect(write.event?.reason).toBe('Expired');
  });

  it('taken by our own sweep: said at once', () => {
    expect(inWords(statusWrite(decide(expiring(NOW), absent({ removedByUs: true }), circumstances())).status.conditions)).toContain('Synced=False Expired');
  });

  it('keeps its outcome when the spec changes later', () => {
    const gone = afterWrite(expiring(NOW), statusWrite(decide(expiring(NOW), absent({ removedByUs: true }), circumstances())).status);
    const write = statusWrite(decide({ ...gone, generation: 2 }, absent(), circumstances()));
    expect([write.status.observedGeneration, write.status.phase, write.event]).toEqual([2, 'Completed', undefined]);
    expect(inWords(write.status.conditions)).toContain('Synced=False Expired');
  });
});

describe('ttlPolicy', () => {
  it('Row: leaves the resource', () => {
    expect(steps(decide(expiring(NOW), absent({ removedByUs: true }), circumstances()))).toEqual(['writeStatus']);
  });

  it('RowAndResource: says Expired, then deletes the resource', () => {
    const job = expiring(NOW, { spec: { ttlPolicy: 'RowAndResource' } });
    expect(steps(decide(job, absent({ removedByUs: true }), circumstances()))).toEqual(['writeStatus', 'deleteResource']);
  });

  it('RowAndResource: deletes the resource that a crash left, and one whose policy changed after the row went', () => {
    const kept = expiring(NOW);
    const gone = afterWrite(kept, statusWrite(decide(kept, absent({ removedByUs: true }), circumstances())).status);
    const changed = { ...gone, spec: { ...gone.spec, ttlPolicy: 'RowAndResource' as const } };
    expect(steps(decide(changed, absent(), circumstances()))).toEqual(['deleteResource']);
  });

  it('RowAndResource: leaves a resource whose row was not swept but lost', () => {
    const lost = aJobShowing(aFinishedRow('completed', { ttlExpiresAt: NOW + 60 }), { spec: { ttlPolicy: 'RowAndResource' } });
    expect(steps(decide(lost, absent({ forSeconds: 10 }), circumstances()))).toEqual(['writeStatus']);
    const unfinishedToo = aJobShowing(aRow({ status: 'running', ttlExpiresAt: NOW - 60 }), { spec: { ttlPolicy: 'RowAndResource' } });
    expect(steps(decide(unfinishedToo, absent({ forSeconds: 10 }), circumstances()))).toEqual(['writeStatus']);
  });
});

describe('a mass loss', () => {
  it.each([
    ['an unfinished', unfinished],
    ['a finished', finished],
    ['an expired', expiring(NOW)],
  ])('writes nothing for %s Job, however long it lasts', (_name, job) => {
    expect(steps(decide(job, absent({ forSeconds: 3600, massLoss: true }), circumstances()))).toEqual(['wait']);
  });

  it('does not hold up what our own sweep removed', () => {
    expect(steps(decide(expiring(NOW), absent({ removedByUs: true, massLoss: true }), circumstances()))).toEqual(['writeStatus']);
  });
});
