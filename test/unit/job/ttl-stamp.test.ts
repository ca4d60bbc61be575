import { describe, expect, it } from '@jest/globals';
import { decide } from '../../../src/job/decide.ts';
import { removableAt, missingStamp } from '../../../src/job/ttl.ts';
import { TIMESTAMP_MAX } from '../../../src/job/row.ts';
import { aFinishedRow, aJob, aJobShowing, aRow, circumstances, NOW, present, steps } from './builders.ts';

const withTtl = (ttlSecondsAfterFinished: number | undefined) => aJob({ spec: { ttlSecondsAfterFinished } }).spec;

describe('with ttlSecondsAfterFinished, the column is the operator\'s', () => {
  const stamp = { kind: 'ttl', seconds: 600 };

  it.each([
    ['has no stamp', { ttlExpiresAt: null }, stamp],
    ['has the stamp of another TTL', { ttlExpiresAt: NOW - 60 + 60 }, stamp],
    ['has a later stamp of a worker', { ttlExpiresAt: NOW + 99_999 }, stamp],
    ['bears the right stamp', { ttlExpiresAt: NOW - 60 + 600 }, undefined],
    ['was touched after its end, so that its time counts anew', { updatedAt: NOW - 5, ttlExpiresAt: NOW - 60 + 600 }, stamp],
    ['was touched after its end and bears the stamp of that', { updatedAt: NOW - 5, ttlExpiresAt: NOW - 5 + 600 }, undefined],
    ['has no completed_at, so that updated_at counts', { completedAt: null, ttlExpiresAt: NOW - 60 + 600 }, undefined],
    ['ends later than its last update', { completedAt: NOW + 10, ttlExpiresAt: NOW + 610 }, undefined],
    ['has neither time, so that there is nothing to count from', { completedAt: null, updatedAt: null }, undefined],
    ['has no updated_at, so that completed_at counts', { updatedAt: null, ttlExpiresAt: NOW - 60 + 600 }, undefined],
  ])('a finished row that %s', (_name, parts, expected) => {
    for (const status of ['completed', 'failed', 'cancelled'] as const) {
      expect(missingStamp(withTtl(600), aFinishedRow(status, parts), 7)).toEqual(expected);
    }
  });

  it('0 means: at once', () => {
    expect(missingStamp(withTtl(0), aFinishedRow('completed'), undefined)).toEqual({ kind: 'ttl', seconds: 0 });
    expect(missingStamp(withTtl(0), aFinishedRow('completed', { ttlExpiresAt: NOW - 60 }), undefined)).toBeUndefined();
  });

  it('a stamp beyond what a TIMESTAMP holds is the last second that it holds', () => {
    const spec = withTtl(315_360_000 * 2);
    expect(missingStamp(spec, aFinishedRow('completed'), undefined)).toBeDefined();
    expect(missingStamp(spec, aFinishedRow('completed', { ttlExpiresAt: TIMESTAMP_MAX }), undefined)).toBeUndefined();
  });

  it.each(['pending', 'running'] as const)('an unfinished row (%s) has none', (status) => {
    expect(missingStamp(withTtl(600), aRow({ status }), 7)).toBeUndefined();
    expect(missingStamp(withTtl(600), aRow({ status, ttlExpiresAt: NOW }), 7)).toEqual({ kind: 'clear' });
  });
});

describe('without ttlSecondsAfterFinished', () => {
  it('a worker\'s value stands', () => {
    expect(missingStamp(withTtl(undefined), aFinishedRow('completed', { ttlExpiresAt: NOW + 5 }), 600)).toBeUndefined();
    expect(missingStamp(withTtl(undefined), aRow({ ttlExpiresAt: NOW + 5 }), 600)).toBeUndefined();
  });

  it('a finished row without a value gets the default', () => {
    expect(missingStamp(withTtl(undefined), aFinishedRow('failed'), 600)).toEqual({ kind: 'default', seconds: 600 });
  });

  it('an unfinished row gets no default', () => {
    expect(missingStamp(withTtl(undefined), aRow(), 600)).toBeUndefined();
  });

  it('and without a default a row stays for ever', () => {
    expect(missingStamp(withTtl(undefined), aFinishedRow('completed'), undefined)).toBeUndefined();
  });

  it('a row without any time gets no default, since there is nothing to count from', () => {
    expect(missingStamp(withTtl(undefined), aFinishedRow('completed', { completedAt: null, updatedAt: null }), 600)).toBeUndefined();
  });
});

describe('stamping', () => {
  const spec = { ttlSecondsAfterFinished: 600 };

  it('comes before the status is written, so that one write shows outcome and expiry', () => {
    expect(decide(aJobShowing(aRow({ status: 'running' }), { spec }), present(aFinishedRow('completed')), circumstances())).toEqual([
      { do: 'stampTtl', stamp: { kind: 'ttl', seconds: 600 } },
      { do: 'readRow' },
    ]);
  });

  it('follows a spec that changed after the end', () => {
    const row = aFinishedRow('completed', { ttlExpiresAt: NOW - 60 + 30 });
    expect(steps(decide(aJobShowing(row, { spec, generation: 2 }), present(row), circumstances()))).toEqual(['stampTtl', 'readRow']);
  });

  it('waits while the database takes no writes, and the outcome is shown meanwhile', () => {
    const actions = decide(aJobShowing(aRow({ status: 'running' }), { spec }), present(aFinishedRow('completed')), circumstances({ readOnly: true }));
    expect(steps(actions)).toEqual(['writeStatus']);
  });
});

describe('a row may be removed', () => {
  it('20 s after its creation', () => {
    expect(removableAt(aRow({ createdAt: NOW }))).toBe(NOW + 20);
  });

  it('at any time when it has no creation time', () => {
    expect(removableAt(aRow({ createdAt: null }))).toBeLessThan(NOW);
  });
});
