import { describe, expect, it } from '@jest/globals';
import { verdictOn } from '../../../src/controllers/error-policy.ts';
import { OperatorError } from '../../../src/errors.ts';

const up = { isDown: () => false };
const down = { isDown: () => true };

describe('after a failed reconcile', () => {
  it('a Job whose database is away waits for its return', () => {
    expect(verdictOn(new OperatorError('DATABASE_UNAVAILABLE', 'x'), down)).toEqual({ kind: 'park' });
  });

  it('a Job that met one broken connection is tried again with back-off', () => {
    expect(verdictOn(new OperatorError('DATABASE_UNAVAILABLE', 'x'), up)).toEqual({ kind: 'retry' });
  });

  it('the pause that the API server asks for is kept', () => {
    expect(verdictOn(new OperatorError('API_UNAVAILABLE', 'x', { retryAfterMs: 1500 }), up)).toEqual({ kind: 'after', afterMs: 1500 });
  });

  it('what no retry can mend is looked at rarely', () => {
    expect(verdictOn(new OperatorError('API_TOO_LARGE', 'x'), up)).toEqual({ kind: 'after', afterMs: 600_000 });
  });

  it('a bug costs its key a back-off, not the operator its life', () => {
    expect(verdictOn(new TypeError('x'), up)).toEqual({ kind: 'retry' });
  });
});
