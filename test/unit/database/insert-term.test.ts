import { describe, expect, it } from '@jest/globals';
import { insertTerm } from '../../../src/database/statements/insert-rows.ts';
import type { NewRow } from '../../../src/job/row.ts';

const ROW: NewRow = { jobId: "it's", type: 'clone', status: 'pending', payload: '{}', deadline: 1_700_000_000.25, ttlSeconds: null };

describe('the term of a row to insert', () => {
  it('asks for no tombstone where there is no key, so that it needs no table of them', () => {
    expect(insertTerm(ROW)).toBe(String.raw`SELECT 'it\'s', 'clone', 'pending', 0, '{}', NULL, NULL FROM DUAL WHERE NOW(6) < FROM_UNIXTIME('1700000000.250000')`);
    expect(insertTerm({ ...ROW, keyed: false })).toBe(insertTerm(ROW));
  });

  it('of a keyed row is empty where there is a tombstone, and locks what it looked at', () => {
    expect(insertTerm({ ...ROW, keyed: true })).toBe(
      `${insertTerm(ROW)}${String.raw` AND NOT EXISTS (SELECT 1 FROM jobs_tombstones AS t WHERE t.job_id = 'it\'s' LOCK IN SHARE MODE)`}`,
    );
  });
});
