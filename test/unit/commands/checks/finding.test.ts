import { describe, expect, it } from '@jest/globals';
import { exitCodeFor, fail, failure, format, ok, summary, warn } from '../../../../src/commands/checks/finding.ts';
import { OperatorError } from '../../../../src/errors.ts';

describe('a finding', () => {
  it('is one line: how it stands, what was looked at, what is the case, what to do', () => {
    expect(format(ok('clock', 'fine'))).toBe('ok    clock: fine');
    expect(format(warn('clock', 'late', 'Run NTP.'))).toBe('warn  clock: late -> Run NTP.');
    expect(format(fail('table jobs', 'two\n  lines', 'Mend it.'))).toBe('FAIL  table jobs: two | lines -> Mend it.');
  });

  it('of an error of ours has its message and hint', () => {
    expect(failure('cluster', new OperatorError('API_UNAVAILABLE', 'GET /version: ECONNREFUSED'))).toEqual({
      level: 'FAIL',
      subject: 'cluster',
      text: 'GET /version: ECONNREFUSED',
      advice: expect.stringContaining('API server'),
    });
  });

  it('of a foreign error shows no statement', () => {
    const error = Object.assign(new Error("near 's3cret'"), { sql: "SELECT 's3cret'", code: 'ER_PARSE_ERROR' });
    expect(format(failure('table', error))).not.toContain('s3cret');
  });
});

describe('all findings together', () => {
  const findings = [ok('a', ''), ok('b', ''), warn('c', '', ''), fail('d', '', '')];

  it('fail when one of them does; a warning is no failure', () => {
    expect(exitCodeFor(findings)).toBe(1);
    expect(exitCodeFor(findings.slice(0, 3))).toBe(0);
  });

  it('are summed up', () => {
    expect(summary(findings)).toBe('2 ok, 1 to look at, 1 failed');
  });
});
