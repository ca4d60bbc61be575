import { describe, expect, it } from '@jest/globals';
import { logFailure, tellRefusal, verdictOn } from '../../../src/controllers/error-policy.ts';
import type { JobCache } from '../../../src/controllers/job-cache.ts';
import { OperatorError } from '../../../src/errors.ts';
import type { JobEvent } from '../../../src/job/action.ts';
import type { Logger } from '../../../src/telemetry/logger.ts';
import { aJob } from '../job/builders.ts';

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

/** @returns the attempts that an Event tells of */
function toldAt(failures: readonly number[], error: unknown): readonly number[] {
  const told: JobEvent[] = [];
  const cache = { get: () => ({ job: aJob() }) as ReturnType<JobCache['get']> };
  return failures.filter((count) => {
    const before = told.length;
    tellRefusal(error, 'uid', { ...CONTEXT, failures: count }, { cache, events: { tell: (_job, event) => void told.push(event) } });
    return told.length > before;
  });
}

describe('the Event of a write that the API server refuses', () => {
  const hundredAttempts = Array.from({ length: 100 }, (_, failures) => failures);

  it('is told once the refusal has lasted for eight attempts, and at each doubling', () => {
    expect(toldAt(hundredAttempts, new OperatorError('API_INVALID', 'x', { status: 422 }))).toEqual([7, 15, 31, 63]);
  });

  it.each(['API_CONFLICT', 'API_UNAVAILABLE', 'DATABASE_UNAVAILABLE'] as const)('is not told of what passes by itself (%s)', (code) => {
    expect(toldAt(hundredAttempts, new OperatorError(code, 'x', { status: 409 }))).toEqual([]);
  });

  it('is not told of an object that cannot be understood, which is no refusal', () => {
    expect(toldAt(hundredAttempts, new OperatorError('API_INVALID', 'x'))).toEqual([]);
  });
});
