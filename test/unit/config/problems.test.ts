import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { loadConfig } from '../../../src/config.ts';
import { VARIABLES } from '../../../src/config/variables.ts';
import { hasCode, OperatorError } from '../../../src/errors.ts';
import { filesOf, VALID } from './environment.ts';

function errorOf(env: Record<string, string>): OperatorError {
  try {
    loadConfig(env, filesOf());
  } catch (error) {
    if (hasCode(error, 'CONFIG_INVALID')) return error;
    throw error;
  }
  throw new Error('the environment was accepted');
}

/** The code of the error, or undefined when the environment is accepted; another kind of error goes on. */
function outcomeOf(env: Record<string, string>): string | undefined {
  try {
    loadConfig(env, filesOf({ '/': { code: 'EISDIR' } }));
    return undefined;
  } catch (error) {
    if (error instanceof OperatorError) return error.code;
    throw error;
  }
}

describe('a wrong configuration', () => {
  it('is told whole, one line per problem, in one message', () => {
    const { message } = errorOf({ DB_PORT: 'x', DB_TLS: 'maybe', LOG_LEVEL: 'loud' });
    expect(message.split('\n')).toEqual([
      '5 problems in the configuration:',
      expect.stringMatching(/^ {2}DB_HOST: is not set; it has to be the host name or address of the MySQL server$/),
      expect.stringMatching(/^ {2}DB_PORT: "x" does not fit; allowed: a whole number from 1 to 65535$/),
      expect.stringMatching(/^ {2}DB_TLS: "maybe" does not fit; allowed: verify, insecure, off$/),
      expect.stringMatching(/^ {2}LOG_LEVEL: "loud" does not fit; allowed: trace, /),
      expect.stringMatching(/^ {2}DB_PASSWORD_FILE: is not set, and neither is DB_PASSWORD; one of the two has to be$/),
    ]);
  });

  it('is told in the singular when it is one', () => {
    expect(errorOf({ ...VALID, DB_PORT: 'x' }).message).toMatch(/^One problem in the configuration:\n {2}DB_PORT: /);
  });

  it('never shows a password, wherever it was put by mistake', () => {
    const secret = 'hunter2 hunter2';
    for (const name of ['DB_PASSWORD', 'DB_PASSWORD_FILE', 'DB_HOST']) {
      const text = name === 'DB_HOST' ? `mysql://admin:${secret}@db` : secret;
      expect(errorOf({ ...VALID, DB_PORT: 'x', [name]: text }).message).not.toContain('hunter2');
    }
  });

  it('stays on its line, whatever the value holds', () => {
    expect(errorOf({ ...VALID, LOG_LEVEL: 'a\n  DB_PORT: fine' }).message.split('\n')).toHaveLength(2);
  });

  it('is CONFIG_INVALID and nothing else, for any environment', () => {
    const name = fc.constantFrom(...Object.keys(VARIABLES));
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('0', '-1', '1e9', ',', '=', '(', 'a in (', '__proto__', '/'), fc.integer().map(String));
    fc.assert(
      fc.property(fc.dictionary(name, text), (env) => {
        expect([undefined, 'CONFIG_INVALID']).toContain(outcomeOf(env));
      }),
      { numRuns: 500 },
    );
  });
});
