import { beforeAll, describe, expect, it } from '@jest/globals';
import { freePort, SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import type { Database } from '../../support/stack.ts';
import { environment, runMain } from '../../support/main-program.ts';
import type { CommandResult } from '../../support/main-program.ts';
import { complaints } from './complaints.ts';

const stack = useStack();

async function withTable(ddl?: string): Promise<Database> {
  const database = await stack.database();
  if (ddl === undefined) {
    await runMain(['migrate'], environment(stack.kubeconfig, database));
  } else {
    const connection = await database.connect();
    await connection.query(ddl);
    await connection.end();
  }
  return database;
}

function doctor(database: Database, env: Readonly<Record<string, string>> = {}): Promise<CommandResult> {
  return runMain(['doctor'], environment(stack.kubeconfig, database, env));
}

function failures(result: CommandResult): readonly string[] {
  return complaints(result).filter((line) => line.startsWith('FAIL'));
}

describe('doctor, on a database that is not well', () => {
  let database: Database;
  beforeAll(async () => {
    database = await withTable();
  }, SETUP_TIMEOUT_MS);

  it('tells a wrong password, does not show it, and has looked at the cluster all the same', async () => {
    const result = await doctor(database, { DB_PASSWORD: 'not-the-password' });
    expect(result.code).toBe(1);
    expect(failures(result)).toEqual([expect.stringMatching(/^FAIL {2}database login: .*Access denied for user .* -> Check DB_USER and the password/)]);
    expect(result.lines.join('\n') + result.stderr).not.toContain('not-the-password');
    expect(result.lines).toEqual(expect.arrayContaining([expect.stringMatching(/^ok {4}permission on jobs in all namespaces/)]));
  });

  it('tells an address where nothing listens', async () => {
    const port = await freePort();
    const result = await doctor(database, { DB_PORT: String(port) });
    expect(failures(result)).toEqual([expect.stringMatching(/^FAIL {2}database address: .*nothing listens there -> Check DB_HOST, DB_PORT/)]);
  });

  it('tells a certificate that cannot be verified apart from a server that is away', async () => {
    const result = await doctor(database, { DB_TLS: 'verify' });
    expect(failures(result)).toEqual([expect.stringMatching(/^FAIL {2}database login: .* -> Name the CA of the server in DB_TLS_CA_FILE/)]);
  });

  it('names each privilege that is missing, with the GRANT to run', async () => {
    const poor = await withTable();
    const admin = await poor.connectAsAdmin();
    await admin.query(`REVOKE DELETE, CREATE ON jobs FROM '${poor.user}'@'%'`);
    await admin.end();
    const result = await doctor(poor, { DB_MIGRATE: 'full' });
    expect(failures(result)).toEqual([
      `FAIL  privilege DELETE on jobs: denied -> GRANT DELETE ON \`${poor.name}\`.\`jobs\` TO the user ${poor.user}.`,
      expect.stringMatching(/^FAIL {2}privilege CREATE for DB_MIGRATE: not granted -> GRANT CREATE/),
    ]);
  });

  if (stack.mysql.engine === 'mariadb') {
    it('tells a MariaDB user of the script that has not been run', async () => {
      const poor = await withTable();
      const admin = await poor.connectAsAdmin();
      await admin.query(`REVOKE UPDATE (type, progress, request_payload) ON jobs FROM '${poor.user}'@'%'`);
      await admin.end();
      expect(failures(await doctor(poor))).toEqual([expect.stringMatching(/^FAIL {2}privilege UPDATE on jobs: denied for a column -> .*grants-operator-mariadb\.sql on top\.$/)]);
    });
  }

  it('has changed nothing in a table with rows', async () => {
    const connection = await database.connect();
    await connection.query("INSERT INTO jobs (job_id, type, request_payload) VALUES ('a', 'clone', '{}')");
    const snapshot = async (): Promise<unknown> => (await connection.query('SELECT * FROM jobs'))[0];
    const before = await snapshot();
    await doctor(database);
    await expect(snapshot()).resolves.toEqual(before);
    await connection.end();
  });
});

describe('doctor and migrate, on a table of another shape', () => {
  const ddl = `CREATE TABLE jobs (
    job_id VARCHAR(20) PRIMARY KEY, type VARCHAR(20) NOT NULL, status VARCHAR(20) NOT NULL DEFAULT 'pending', request_payload JSON NOT NULL,
    result JSON, error TEXT, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, completed_at DATETIME NULL, ttl_expires_at TIMESTAMP NULL)`;

  it('name every column that does not fit', async () => {
    const database = await withTable(ddl);
    const result = await doctor(database);
    expect(result.code).toBe(1);
    expect(failures(result)).toEqual([
      expect.stringMatching(/^FAIL {2}table jobs: column job_id is varchar\(20\)/),
      expect.stringMatching(/^FAIL {2}table jobs: column progress is missing/),
      expect.stringMatching(/^FAIL {2}table jobs: column completed_at is datetime/),
    ]);

    const migrated = await runMain(['migrate'], environment(stack.kubeconfig, database));
    expect(migrated.code).toBe(1);
    expect(migrated.stderr).toMatch(/column job_id is varchar\(20\).*column progress is missing/);
  });
});
