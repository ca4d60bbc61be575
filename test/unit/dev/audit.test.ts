import { describe, expect, it } from '@jest/globals';
import { judgeAudit } from '../../../dev/audit.ts';

const report = (vulnerabilities: object): string => JSON.stringify({ auditReportVersion: 2, vulnerabilities, metadata: {} });

describe('an audit', () => {
  it('is clean without a finding of high severity', () => {
    expect(judgeAudit(report({}))).toEqual({ kind: 'clean', lesser: 0 });
    expect(judgeAudit(report({ a: { severity: 'moderate', range: '<2' }, b: { severity: 'low', range: '*' } }))).toEqual({ kind: 'clean', lesser: 2 });
  });

  it('names what is of high or critical severity', () => {
    const found = judgeAudit(report({ a: { severity: 'high', range: '<2.1.0' }, b: { severity: 'critical', range: '*' }, c: { severity: 'low', range: '*' } }));
    expect(found).toEqual({ kind: 'vulnerable', findings: ['high: a <2.1.0', 'critical: b *'] });
  });

  it.each([
    ['that forbids the question', JSON.stringify({ message: '405 Method Not Allowed - POST …', statusCode: 405, error: { summary: '', detail: '' } }), '405 Method Not Allowed - POST …'],
    ['that is out of reach', JSON.stringify({ error: { code: 'ENOTFOUND', summary: 'getaddrinfo ENOTFOUND' } }), 'getaddrinfo ENOTFOUND'],
    ['whose answer never came', '', 'npm audit printed no report'],
    ['whose answer is none', '<html>proxy</html>', 'npm audit printed no report'],
  ])('says of a registry %s that there was no answer, and not that all is well', (_what, output, reason) => {
    expect(judgeAudit(output)).toEqual({ kind: 'no-answer', reason });
  });
});
