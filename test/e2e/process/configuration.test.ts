import { describe, expect, it } from '@jest/globals';
import { VARIABLES } from '../../../src/config/variables.ts';
import { runMain } from '../../support/main-program.ts';

const PASSWORD = 'hush-password-4711';

describe('the command line, run as a user runs it', () => {
  it('tells all that is wrong with the environment in one message, without a stack trace and without the password', async () => {
    const { code, lines, stderr } = await runMain(['run'], { DB_PASSWORD: PASSWORD, DB_PORT: 'many', DB_TLS: PASSWORD.slice(0, 4), TTL_SWEEP_BATCH: '0', WATCH_NAMESPACES: 'Not_A_Name' });
    expect(code).toBe(78);
    expect(lines).toEqual([]);
    expect(stderr).toMatch(/^5 problems in the configuration:\n/);
    for (const variable of ['DB_HOST', 'DB_PORT', 'DB_TLS', 'TTL_SWEEP_BATCH', 'WATCH_NAMESPACES']) expect(stderr).toMatch(new RegExp(`^  ${variable}: `, 'm'));
    expect(stderr).not.toContain(PASSWORD);
    expect(stderr).not.toMatch(/^ +at /m);
  });

  it('explains every variable with its default', async () => {
    const { code, lines, stderr } = await runMain(['--help'], {});
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(Object.keys(VARIABLES).filter((name) => !lines.some((line) => line.startsWith(`  ${name} (`)))).toEqual([]);
  });

  it('answers an unknown command with the usage and code 64', async () => {
    const { code, lines, stderr } = await runMain(['reconcile'], {});
    expect({ code, lines }).toEqual({ code: 64, lines: [] });
    expect(stderr).toMatch(/^there is no command reconcile\n\nUsage: jobs-operator <command>/);
  });
});
