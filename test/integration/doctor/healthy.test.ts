import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import type { Database } from '../../support/stack.ts';
import { environment, runMain } from '../../support/main-program.ts';
import { complaints } from './complaints.ts';

const stack = useStack();
let database: Database;

beforeAll(async () => {
  database = await stack.database();
}, SETUP_TIMEOUT_MS);

describe('migrate and doctor, on a cluster and a database that are well', () => {
  it('the database is brought up to date, and what was done is printed as SQL', async () => {
    const env = environment(stack.kubeconfig, database, { DB_MIGRATE: 'full' });
    const planned = await runMain(['migrate', '--dry-run'], env);
    expect(planned).toMatchObject({ code: 0, stderr: '' });
    const before = await database.connect();
    await expect(before.query('SELECT 1 FROM jobs')).rejects.toThrow(/doesn't exist/);
    await before.end();

    const done = await runMain(['migrate'], env);
    expect(done).toMatchObject({ code: 0, stderr: '' });
    expect(done.lines.slice(0, -1)).toEqual(planned.lines);
    expect(done.lines[0]).toMatch(/^CREATE TABLE IF NOT EXISTS jobs \($/);
    expect(done.lines.at(-1)).toBe('-- done: 3 statements');

    const again = await runMain(['migrate'], env);
    expect(again).toMatchObject({ code: 0, lines: ['-- nothing to do for DB_MIGRATE=full'] });
  });

  it('doctor finds nothing to complain of but the missing encryption', async () => {
    const result = await runMain(['doctor'], environment(stack.kubeconfig, database, { DB_MIGRATE: 'full', CLUSTER_NAME: 'prod' }));
    expect(complaints(result)).toEqual([expect.stringMatching(/^warn {2}database encryption: none/)]);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.lines.map((line) => /^ok {4}([^:]+):/.exec(line)?.[1])).toEqual(
      expect.arrayContaining([
        'configuration',
        'cluster',
        'definition jobs.wordpress.betaweb.ai',
        'definition revision',
        'permission on jobs in all namespaces',
        'permission on jobs/status in all namespaces',
        'permission on events in all namespaces',
        'database address',
        'database login',
        'database version',
        'time zone',
        'clock',
        'max_allowed_packet',
        'table jobs',
        'optional index on updated_at',
        'table jobs_tombstones',
        'privilege SELECT on jobs',
        'privilege INSERT on jobs',
        'privilege UPDATE on jobs',
        'privilege DELETE on jobs',
        'privilege CREATE for DB_MIGRATE',
        'privilege ALTER for DB_MIGRATE',
      ]),
    );
    expect(result.lines.at(-1)).toMatch(/^\d+ ok, 1 to look at, 0 failed$/);
  });

  it('doctor is content with a server that lives in another time zone', async () => {
    const server = await stack.ownMysqlServer({ flags: ['--default-time-zone=+05:30'] });
    const far = await stack.database(server);
    const result = await runMain(['doctor'], environment(stack.kubeconfig, far));
    expect(result.code).toBe(0);
    expect(result.lines).toEqual(expect.arrayContaining([expect.stringMatching(/^ok {4}time zone: .*UTC, the server's zone is \+05:30$/)]));
    expect(result.lines).toEqual(expect.arrayContaining([expect.stringMatching(/^ok {4}clock: the database is \d\.\d s/)]));
  }, SETUP_TIMEOUT_MS);
});
