import { describe, expect, it } from '@jest/globals';
import { fingerprint, isFinishedFingerprint, lightFingerprint, NO_ROW, sameHead } from '../../../src/database/fingerprint.ts';
import type { LightRow } from '../../../src/database/fingerprint.ts';

const row: LightRow = { jobId: 'a', status: 'running', progress: 4, updatedAt: 1_700_000_000, completedAt: null, ttlExpiresAt: null };
const none = { resultCrc: null, errorCrc: null };

describe('a fingerprint', () => {
  it.each<[string, Partial<LightRow>]>([
    ['status', { status: 'failed' }],
    ['progress', { progress: 40 }],
    ['an unknown progress', { progress: null }],
    ['updated_at', { updatedAt: 1_700_000_001 }],
    ['completed_at', { completedAt: 1_700_000_000 }],
    ['ttl_expires_at', { ttlExpiresAt: 1_700_000_000 }],
  ])('differs by %s, also to the eyes of a scan', (_, change) => {
    expect(fingerprint({ ...row, ...change }, none)).not.toBe(fingerprint(row, none));
    expect(sameHead(fingerprint(row, none), { ...row, ...change })).toBe(false);
  });

  it('differs by result and error, which a scan does not read', () => {
    const before = fingerprint(row, none);
    expect(fingerprint(row, { resultCrc: 0, errorCrc: null })).not.toBe(before);
    expect(fingerprint(row, { resultCrc: null, errorCrc: 7 })).not.toBe(before);
    expect(fingerprint(row, { resultCrc: 7, errorCrc: null })).not.toBe(fingerprint(row, { resultCrc: null, errorCrc: 7 }));
    expect(sameHead(before, row)).toBe(true);
  });

  it('begins with what a scan sees, which begins no other', () => {
    expect(fingerprint(row, none).startsWith(lightFingerprint(row))).toBe(true);
    expect(lightFingerprint({ ...row, ttlExpiresAt: 12 }).startsWith(lightFingerprint({ ...row, ttlExpiresAt: 1 }))).toBe(false);
  });

  it('tells whether the row had finished', () => {
    expect(isFinishedFingerprint(fingerprint({ ...row, status: 'cancelled' }, none))).toBe(true);
    expect(isFinishedFingerprint(fingerprint(row, none))).toBe(false);
    expect(isFinishedFingerprint(NO_ROW)).toBe(false);
  });
});
