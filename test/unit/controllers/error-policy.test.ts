import { describe, expect, it } from '@jest/globals';
import { logFailure, verdictOn } from '../../../src/controllers/error-policy.ts';
import { OperatorError } from '../../../src/errors.ts';
import type { Logger } from '../../../src/telemetry/logger.ts';

const up = { isDown: () => false };
const down = { isDown: () => true };
const bothUp = { database: up, apiServer: up };

describe('after a failed reconcile', () => {
  it('a Job whose database is away waits for its return', () => {
    expect(verdictOn(new OperatorError('DATABASE_UNAVAILABLE', 'x'), { database: down, apiServer: up })).toEqual({ kind: 'park' });
  });

  it('a Job whose API server is away waits for its return, and one that was refused does not', () => {
    const sides = { database: up, apiServer: down };
    expect(verdictOn(new OperatorError('API_UNAVAILABLE', 'x'), sides)).toEqual({ kind: 'park' });
    expect(verdictOn(new OperatorError('API_UNAUTHORIZED', 'x'), sides)).toEqual({ kind: 'park' });
    expect(verdictOn(new OperatorError('API_CONFLICT', 'x'), sides)).toEqual({ kind: 'retry' });
    expect(verdictOn(new OperatorError('API_UNAVAILABLE', 'x'), bothUp)).toEqual({ kind: 'retry' });
  });

  it('a Job that met one broken connection is tried again with back-off', () => {
    expect(verdictOn(new OperatorError('DATABASE_UNAVAILABLE', 'x'), bothUp)).toEqual({ kind: 'retry' });
  });

  it('the pause that the API server asks for is kept', () => {
    expect(verdictOn(new OperatorError('API_UNAVAILABLE', 'x', { retryAfterMs: 1500 }), bothUp)).toEqual({ kind: 'after', afterMs: 1500 });
  });

  it('what no retry can mend is looked at rarely', () => {
    expect(verdictOn(new OperatorError('API_TOO_LARGE', 'x'), bothUp)).toEqual({ kind: 'after', afterMs: 600_000 });
  });

  it('a bug costs its key a back-off, not the operator its life', () => {
    expect(verdictOn(new TypeError('x'), bothUp)).toEqual({ kind: 'retry' });
  });
});

const CONTEXT = { reconcileId: 'id', priority: 0, seconds: 0, signal: new AbortController().signal };

/** @returns the level of each line */
function linesOf(failures: readonly number[], error: unknown): readonly string[] {
  const levels: string[] = [];
  const note = (level: string) => (): void => void levels.push(level);
  const logger = { debug: note('debug'), warn: note('warn'), error: note('error') } as unknown as Logger;
  for (const count of failures) logFailure(error, 'uid', verdictOn(error, bothUp), { ...CONTEXT, failures: count }, { cache: { get: () => undefined }, logger });
  return levels;
}

describe('the log of failed reconciles', () => {
  it('tells a failure at the first attempt and at each doubling', () => {
    expect(linesOf([0, 1, 2, 3], new OperatorError('API_UNAVAILABLE', 'x'))).toEqual(['warn', 'warn', 'debug', 'warn']);
  });

  it('tells of a database that may only have lost a connection from the fourth attempt on: an outage of all Jobs is told once, elsewhere', () => {
    expect(linesOf([0, 1, 2, 3], new OperatorError('DATABASE_UNAVAILABLE', 'x'))).toEqual(['debug', 'debug', 'debug', 'warn']);
  });

  it('tells of a bug each time', () => {
    expect(linesOf([0, 1, 2], new TypeError('x'))).toEqual(['error', 'error', 'error']);
  });
});
