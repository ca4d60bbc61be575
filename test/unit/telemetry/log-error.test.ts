import { describe, expect, it } from '@jest/globals';
import { OperatorError } from '../../../src/errors.ts';
import { logError } from '../../../src/telemetry/log-error.ts';

describe('an error of ours in the log', () => {
  it('has its code, its hint and the messages of its causes, and no stack', () => {
    const cause = new Error('connect failed', { cause: new Error('no route') });
    expect(logError(new OperatorError('DATABASE_UNAVAILABLE', 'the database does not answer', { cause, status: 2002 }))).toEqual({
      code: 'DATABASE_UNAVAILABLE',
      message: 'the database does not answer',
      hint: expect.stringContaining('DB_HOST'),
      status: 2002,
      causes: ['connect failed', 'no route'],
    });
  });
});

describe('an error of somebody else in the log', () => {
  it('has its code and the frames of its stack', () => {
    const logged = logError(Object.assign(new TypeError('x is not a function'), { code: 'ERR_X' }));
    expect(logged).toMatchObject({ code: 'ERR_X', message: 'TypeError: x is not a function' });
    expect(logged.stack?.[0]).toMatch(/^at /);
  });

  it('shows neither the statement nor the values that MySQL quotes', () => {
    const error = Object.assign(new Error("You have an error near '{\"site\": \"it's s3cret' at line 1"), {
      code: 'ER_PARSE_ERROR',
      sql: "INSERT INTO jobs VALUES ('s3cret')",
      sqlMessage: "near 's3cret'",
    });
    const logged = logError(new OperatorError('DATABASE_REFUSED', 'the database refused the statement', { cause: error }));
    expect(JSON.stringify([logged, logError(error)])).not.toContain('s3cret');
    expect(logged.causes).toEqual(["You have an error near '…' at line 1"]);
  });

  it('shows neither body nor headers of an answer of the API server', () => {
    const error = Object.assign(new Error('HTTP-Code: 409 Body: s3cret'), { name: 'ApiException', code: 409, body: 's3cret', headers: { a: 's3cret' } });
    expect(logError(error).message).toBe('ApiException: HTTP 409');
    expect(JSON.stringify(logError(error))).not.toContain('s3cret');
  });

  it('stays on one line and short', () => {
    const { message } = logError(new Error(`a\n  b ${'x'.repeat(5000)}`));
    expect(message).toMatch(/^a \| b x+…$/);
    expect(message).toHaveLength(500);
  });

  it('may be anything that can be thrown, also a loop of causes', () => {
    const loop = new Error('round');
    loop.cause = loop;
    expect(logError(loop).causes).toHaveLength(8);
    expect(logError('text').message).toBe('text');
    expect(logError(null).message).toBe('a thrown null');
    expect(logError({ secret: 1 })).toEqual({ message: 'a thrown object' });
  });
});
