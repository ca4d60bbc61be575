import { describe, expect, it } from '@jest/globals';
import { failuresOf } from '../../../dev/failures.ts';
import type { FailureReport } from '../../../dev/failures.ts';

const passed = { name: '/project/test/a.test.ts', status: 'passed', message: '', assertionResults: [{ status: 'passed', fullName: 'a passes', failureMessages: [] }] };

function failed(...reasons: readonly string[]): FailureReport['testResults'][number] {
  const assertionResults = reasons.map((reason, index) => ({ status: 'failed', fullName: `b fails ${index + 1}`, failureMessages: [reason] }));
  return { name: '/project/test/b.test.ts', status: 'failed', message: 'all of them', assertionResults: [...passed.assertionResults, ...assertionResults] };
}

describe('the failures at the end of a run', () => {
  it('are none when every test passed', () => {
    expect(failuresOf({ testResults: [passed] }, '/project')).toEqual([]);
  });

  it('name file and test, and say what was expected, without colours and without the stack', () => {
    const reason = '\u001b[31mError: Expected: 1\u001b[39m\n\nReceived: 2\n    at Object.<anonymous> (/project/test/b.test.ts:3:4)\n    at async run (jest.js:1:1)';
    expect(failuresOf({ testResults: [passed, failed(reason, 'gone')] }, '/project')).toEqual([
      'FAILED test/b.test.ts › b fails 1',
      '  Error: Expected: 1',
      '  Received: 2',
      'FAILED test/b.test.ts › b fails 2',
      '  gone',
    ]);
  });

  it('are cut where they are long, and say by how much', () => {
    const lines = Array.from({ length: 40 }, (_, index) => `line ${index}`);
    const told = failuresOf({ testResults: [failed(lines.join('\n'))] }, '/project');
    expect(told.slice(-2)).toEqual(['  line 15', '  … and 24 lines more']);
  });

  it('tell of a file that failed before its tests ran', () => {
    const broken = { name: '/project/test/c.test.ts', status: 'failed', message: 'Cannot find module', assertionResults: [] };
    expect(failuresOf({ testResults: [broken] }, '/project')).toEqual(['FAILED test/c.test.ts', '  Cannot find module']);
  });
});
