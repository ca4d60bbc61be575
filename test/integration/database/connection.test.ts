import { readFile, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { RowDataPacket } from 'mysql2';
import { openDatabase } from '../../../src/database/database.ts';
import type { Database as OperatorDatabase } from '../../../src/database/database.ts';
import { readTime } from '../../../src/database/statements/read-rows.ts';
import type { DatabaseSettings } from '../../../src/database/settings.ts';
import { blockThread } from '../../../src/http/moderation.ts';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import { jobsTable, settingsFor } from './jobs-table.ts';
import type { JobsTable } from './jobs-table.ts';

const stack = useStack();

let table: JobsTable;
const opened: OperatorDatabase[] = [];

beforeAll(async () => {
  table = await jobsTable(stack, await stack.ownMysqlServer({ flags: ['--default-time-zone=-07:00', '--sql-mode=NO_BACKSLASH_ESCAPES', '--innodb-lock-wait-timeout=50'] }));
}, SETUP_TIMEOUT_MS);

afterEach(async () => {
  for (const database of opened.splice(0)) await database.close();
});

function open(more: Partial<DatabaseSettings> = {}): OperatorDatabase {
  const database = openDatabase({ ...table.settings, ...more });
  opened.push(database);
  return database;
}

/** One thing under two names. MySQL's limit is in milliseconds and for SELECT alone; MariaDB's is in seconds and for every statement. */
const ENGINE = {
  mysql: { isolation: '@@transaction_isolation', limit: '@@max_execution_time', fifteenSeconds: 15_000, stopped: 3024, unlimited: '' },
  mariadb: { isolation: '@@tx_isolation', limit: '@@max_statement_time', fifteenSeconds: 15, stopped: 1969, unlimited: 'SET STATEMENT max_statement_time = 0 FOR ' },
}[stack.mysql.engine];

const quick = { connectMs: 400, acquireMs: 600, statementMs: 500, idleMs: 60_000 };

describe('a connection to the database', () => {
  it('has its session settings before its first statement, each of ten at once', async () => {
    const database = open({ poolSize: 10 });
    const seen = await Promise.all(
      Array.from({ length: 10 }, () =>
        database.use((sql) =>
          sql.select<RowDataPacket>(
            'probe',
            `SELECT @@time_zone AS zone, @@innodb_lock_wait_timeout AS lockWait, @@sql_mode AS mode, @@autocommit AS autocommit, @@collation_connection AS collation, ${ENGINE.isolation} AS isolation, ${ENGINE.limit} AS maxTime, 'a\\\\b' AS text, SLEEP(0.05)`,
          ),
        ),
      ),
    );
    for (const [row] of seen) {
      expect(row).toMatchObject({ zone: '+00:00', lockWait: 5, autocommit: 1, isolation: 'REPEATABLE-READ', collation: 'utf8mb4_unicode_ci', maxTime: ENGINE.fifteenSeconds, text: String.raw`a\b` });
      expect(row?.['mode']).toContain('STRICT_TRANS_TABLES');
    }
  });

  it('that was killed fails its statement as unavailable, and the next one gets another', async () => {
    const database = open({ poolSize: 1 });
    const [id] = await database.use((sql) => sql.select<RowDataPacket>('probe', 'SELECT CONNECTION_ID() AS id'));
    const sleeping = database.use((sql) => sql.select('probe', 'SELECT SLEEP(10)')).catch((error: unknown) => error);
    await table.admin.query(`KILL ${Number(id?.['id'])}`);
    expect(await sleeping).toMatchObject({ code: expect.stringMatching(/^DATABASE_(UNAVAILABLE|BUSY)$/) });
    await expect(database.use(readTime)).resolves.toBeGreaterThan(0);
  });

  it('is not given up for an answer that came while the process slept', async () => {
    const database = open({ poolSize: 1, timeouts: { ...quick, connectMs: 5_000, acquireMs: 5_000 } });
    await database.use(readTime);
    const answer = database.use(readTime);
    await setImmediate();
    blockThread(2 * quick.statementMs);
    await expect(answer).resolves.toBeGreaterThan(0);
  });

  it('that was killed while idle ends nothing but itself', async () => {
    const database = open({ poolSize: 1 });
    const [id] = await database.use((sql) => sql.select<RowDataPacket>('probe', 'SELECT CONNECTION_ID() AS id'));
    await table.admin.query(`KILL ${Number(id?.['id'])}`);
    await expect(waitFor(() => database.use(readTime), { what: 'another connection', timeoutMs: 3_000 })).resolves.toBeGreaterThan(0);
  });

  it('is given up when a statement takes too long, on the server and here', async () => {
    const database = open({ timeouts: { ...quick, connectMs: 5_000, acquireMs: 5_000, statementMs: 4_000 } });
    // A SELECT that computes is stopped by the server, with an answer.
    const long = 'SELECT COUNT(*) FROM information_schema.collations a, information_schema.collations b, information_schema.collations c, information_schema.collations d';
    await expect(database.use((sql) => sql.select('probe', long))).rejects.toMatchObject({ code: 'DATABASE_BUSY', status: ENGINE.stopped });
    // What the server would let run is cut here, and its connection is not used again.
    await expect(database.use((sql) => sql.write('probe', `${ENGINE.unlimited}DO SLEEP(20)`))).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE', message: 'probe: no answer within 4000 ms' });
    await expect(database.use(readTime)).resolves.toBeGreaterThan(0);
  });

  it('into a black hole ends, before and after the login', async () => {
    const hole = await startHole(table.settings.port);
    try {
      const database = open({ host: '127.0.0.1', port: hole.port, timeouts: { ...quick, connectMs: 2_000, acquireMs: 3_000, statementMs: 2_000 }, poolSize: 2 });
      await expect(database.use(readTime)).resolves.toBeGreaterThan(0);
      hole.swallow();
      await expect(database.use(readTime)).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
      await expect(database.use(readTime)).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
      hole.pass();
      await waitFor(() => database.use(readTime), { what: 'an answer', timeoutMs: 10_000 });
    } finally {
      await hole.close();
    }
  });

  it('is waited for no longer than the limit when all are busy', async () => {
    const database = open({ poolSize: 1, timeouts: { ...quick, connectMs: 5_000, acquireMs: 300, statementMs: 5_000 } });
    await database.use(readTime);
    const busy = database.use((sql) => sql.write('probe', 'DO SLEEP(1)'));
    await expect(database.use(readTime)).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE', message: expect.stringContaining('no free connection within 300 ms') });
    await busy;
    await expect(database.use(readTime)).resolves.toBeGreaterThan(0);
  });

  it('to nobody is refused at once, and says so', async () => {
    const database = open({ port: 1 });
    await expect(database.use(readTime)).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE', message: expect.stringContaining('ECONNREFUSED') });
  });

  it('with a wrong password is refused, and the message does not hold it', async () => {
    const database = open({ password: { kind: 'value', value: 'not-the-password' } });
    const failure: unknown = await database.use(readTime).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'DATABASE_LOGIN_REFUSED', status: 1045 });
    expect(String(failure)).not.toContain('not-the-password');
  });

  it('is closed with the database, one in the middle of a statement included', async () => {
    const database = openDatabase({ ...table.settings, timeouts: { ...quick, connectMs: 5_000, acquireMs: 5_000, statementMs: 10_000 } });
    const busy = database.use((sql) => sql.write('probe', 'DO SLEEP(8)')).catch((error: unknown) => error);
    await waitFor(
      async () => {
        const [found] = await table.admin.query<RowDataPacket[]>("SELECT 1 FROM information_schema.processlist WHERE info = 'DO SLEEP(8)'");
        return found.length > 0;
      },
      { what: 'the statement to run', timeoutMs: 3_000 },
    );
    const startedAt = performance.now();
    await database.close();
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    await busy;
  }, 30_000);
});

describe('the password file', () => {
  it('is read again for new connections, so that a rotated password needs no restart', async () => {
    const own = await stack.database(await serverOf(table));
    const path = join(stack.folder.path, 'password');
    await writeFile(path, `${own.password}\n`);
    const database = openDatabase(settingsFor(own, { password: { kind: 'file', path }, poolSize: 1 }));
    opened.push(database);
    await expect(database.use(readTime)).resolves.toBeGreaterThan(0);
    const admin = await own.connectAsAdmin();
    try {
      await admin.query(`ALTER USER '${own.user}'@'%' IDENTIFIED BY 'rotated'`);
      await writeFile(path, 'rotated\n');
      const [id] = await database.use((sql) => sql.select<RowDataPacket>('probe', 'SELECT CONNECTION_ID() AS id'));
      await admin.query(`KILL ${Number(id?.['id'])}`);
      await waitFor(() => database.use(readTime), { what: 'a login with the new password', timeoutMs: 4_000 });
    } finally {
      await admin.end();
    }
    expect(await readFile(path, 'utf8')).toBe('rotated\n');
  });
});

async function serverOf(of: JobsTable): Promise<Parameters<typeof stack.database>[0]> {
  const [found] = await of.worker.query('SELECT VERSION() AS version');
  return { engine: 'mysql', version: String((found as { version: string }[])[0]?.version), host: of.settings.host, port: of.settings.port, user: 'root', password: '' };
}

/** A way to the server that can swallow everything: connections are accepted and stay open, and nothing comes back. */
async function startHole(target: number) {
  let swallowing = false;
  const sockets = new Set<net.Socket>();
  const server = net.createServer((client) => {
    sockets.add(client);
    client.on('error', () => undefined);
    if (swallowing) return;
    const upstream = net.connect(target, '127.0.0.1');
    sockets.add(upstream);
    upstream.on('error', () => undefined);
    client.on('data', (data) => void (swallowing ? undefined : upstream.write(data)));
    upstream.on('data', (data) => void (swallowing ? undefined : client.write(data)));
    client.on('close', () => upstream.destroy());
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    swallow: () => {
      swallowing = true;
    },
    pass: () => {
      swallowing = false;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}
