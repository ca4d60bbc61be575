import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Connection, RowDataPacket } from 'mysql2/promise';
import { grantScript } from '../../../dev/grants.ts';
import type { GrantRole } from '../../../dev/grants.ts';
import { connectTo } from '../../../dev/mysql-server.ts';
import { openDatabase } from '../../../src/database/database.ts';
import { migrate } from '../../../src/database/migrator.ts';
import type { DatabaseSettings } from '../../../src/database/settings.ts';
import { checkShape } from '../../../src/database/shape.ts';
import { environment, runMain } from '../../support/main-program.ts';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import type { Database } from '../../support/stack.ts';
import { settingsFor } from '../database/jobs-table.ts';

/** The files of docs/install.md, step 2. That other tests' operators work with these grants, and with no others, is because `stack.database()` makes its users by them. */
const stack = useStack();
let database: Database;
let admin: Connection;
let operator: Connection;
let migrator: Connection;

const loginOf = (role: GrantRole): Pick<Database, 'host' | 'port' | 'name' | 'user' | 'password'> => ({ ...database, user: `${role}_${database.name.slice(-8)}`, password: 'hunter2' });

async function createLogin(role: GrantRole): Promise<Connection> {
  const { user, password } = loginOf(role);
  await admin.query(grantScript(role, stack.mysql, { database: database.name, user, password }));
  stack.defer(async () => void (await admin.query(`DROP USER '${user}'@'%'`)));
  return connectTo({ ...stack.mysql, user, password }, { database: database.name });
}

beforeAll(async () => {
  database = await stack.database();
  admin = await database.connectAsAdmin();
  stack.defer(() => admin.end());
  migrator = await createLogin('migrate');
  await migrateAll(settingsFor({ ...database, ...loginOf('migrate') }));
  operator = await createLogin('operator');
  await admin.query("CREATE TABLE wp_users (id INT PRIMARY KEY); INSERT INTO jobs (job_id, type, request_payload) VALUES ('a', 'clone', '{}')");
}, SETUP_TIMEOUT_MS);

afterAll(() => Promise.all([operator.end(), migrator.end()]));

/** MySQL's "denied": to a command on a table, to a column, to a whole database, to anything else. */
const DENIED = /denied|you need \(at least one of\)|do not have the SUPER privilege/;

/** What a row was made with. On MariaDB grants-operator-mariadb.sql gives these, because nobody could insert it there without. */
const CHANGES_OF_INSERTED = ['UPDATE jobs SET progress = 1', "UPDATE jobs SET type = 'delete'", "UPDATE jobs SET request_payload = '{}'"];
const KEPT_ON_MYSQL = stack.mysql.engine === 'mysql' ? [['the progress, type or payload of a row', CHANGES_OF_INSERTED] as const] : [];

describe('grants-operator.sql', () => {
  it.each([
    ['the error or result of a row', ["UPDATE jobs SET error = 'x'", "UPDATE jobs SET result = '{}'"]],
    ...KEPT_ON_MYSQL,
    ['an INSERT with an outcome', ["INSERT INTO jobs (job_id, type, request_payload, result) VALUES ('b', 'clone', '{}', '{}')"]],
    ['the table itself', ['DROP TABLE jobs', 'TRUNCATE jobs', 'ALTER TABLE jobs ADD COLUMN x INT', 'CREATE INDEX i ON jobs (error(10))', 'CREATE TRIGGER t BEFORE INSERT ON jobs FOR EACH ROW SET @x = 1', 'LOCK TABLES jobs WRITE']],
    ['the other tables of the database', ['SELECT * FROM wp_users', 'INSERT INTO wp_users VALUES (1)', 'DROP TABLE wp_users', 'CREATE TABLE mine (a INT)']],
    ['its own table of tombstones, beyond its rows', ['DROP TABLE jobs_tombstones', 'ALTER TABLE jobs_tombstones ADD COLUMN x INT']],
    ['the books of migrations', ['SELECT * FROM jobs_operator_migrations']],
    ['the rest of the server', ['SELECT * FROM mysql.user', 'CREATE DATABASE mine', "CREATE USER 'mine'@'%'", 'FLUSH TABLES', 'SET GLOBAL max_connections = 1', 'SHOW BINARY LOGS']],
  ])('keeps the operator from %s', async (_what, statements) => {
    for (const statement of statements) await expect(operator.query(statement)).rejects.toThrow(DENIED);
  });

  it('lets doctor find nothing that is missing', async () => {
    const { lines } = await runMain(['doctor'], environment(stack.kubeconfig, { ...database, ...loginOf('operator') }, { DB_MIGRATE: 'off', CLUSTER_NAME: 'blue' }));
    expect(lines.filter((line) => line.startsWith('FAIL'))).toEqual([]);
    expect(lines).toEqual(expect.arrayContaining([expect.stringMatching(/^ok {4}table jobs_tombstones/), expect.stringMatching(/^ok {4}privilege UPDATE on jobs/)]));
  });
});

describe('grants-migrate.sql', () => {
  it('keeps migrations from reading, changing or dropping anything', async () => {
    const statements = [
      'SELECT * FROM jobs', "UPDATE jobs SET progress = 1", 'DELETE FROM jobs', "INSERT INTO jobs (job_id, type, request_payload) VALUES ('b', 'clone', '{}')", 'DROP TABLE jobs',
      'SELECT * FROM jobs_tombstones', 'DROP TABLE jobs_tombstones', 'SELECT * FROM wp_users', 'CREATE TABLE mine (a INT)', 'SELECT * FROM mysql.user',
    ];
    for (const statement of statements) await expect(migrator.query(statement)).rejects.toThrow(DENIED);
  });

  it('has nothing that could be left out', async () => {
    const fresh = await stack.database();
    const { user, password } = { ...loginOf('migrate'), user: `minus_${fresh.name.slice(-8)}` };
    const settings = settingsFor({ ...fresh, user, password });
    stack.defer(async () => void (await admin.query(`DROP USER IF EXISTS '${user}'@'%'`)));
    await admin.query(grantScript('migrate', stack.mysql, { database: fresh.name, user, password }));
    const [rows] = await admin.query<RowDataPacket[]>(`SHOW GRANTS FOR '${user}'@'%'`);
    const held = rows.flatMap((row) => {
      const [, list = '', table = ''] = /^GRANT (.+) ON (`.+`\.`.+`) TO/.exec(String(Object.values(row)[0])) ?? [];
      return table === '' ? [] : list.split(', ').map((privilege) => ({ privilege, table }));
    });
    expect(held).toHaveLength(7);
    for (const { privilege, table } of held) {
      await admin.query(`REVOKE ${privilege} ON ${table} FROM '${user}'@'%'`);
      const outcome = await migrateAll(settings).catch((error: unknown) => error);
      expect({ privilege, table, outcome }).toMatchObject({ outcome: { code: expect.stringMatching(/^(DATABASE_REFUSED|TABLE_MISMATCH)$/) } });
      await admin.query(`GRANT ${privilege} ON ${table} TO '${user}'@'%'`);
      await admin.query(`DROP TABLE IF EXISTS ${['jobs', 'jobs_tombstones', 'jobs_operator_migrations'].map((name) => `\`${fresh.name}\`.${name}`).join(', ')}`);
    }
    expect(await migrateAll(settings)).toHaveLength(3);
  });
});

/** What the command does. */
async function migrateAll(settings: DatabaseSettings): Promise<readonly string[]> {
  const statements = await migrate(settings, 'full');
  const migrated = openDatabase(settings);
  try {
    await checkShape(migrated);
  } finally {
    await migrated.close();
  }
  return statements;
}
