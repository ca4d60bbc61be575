import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import type { Database, MysqlServer } from '../../support/stack.ts';
import { logOf, probe } from '../support/operator-log.ts';
import { openScene } from '../support/scene.ts';

const stack = useStack();
let server: MysqlServer;

beforeAll(async () => {
  // A certificate for 127.0.0.1 that no public authority has signed: the API server has made itself one.
  const folder = join(dirname(stack.kubeconfig), 'api-server');
  server = await stack.ownMysqlServer({ flags: [`--ssl-cert=${join(folder, 'apiserver.crt')}`, `--ssl-key=${join(folder, 'apiserver.key')}`] });
}, SETUP_TIMEOUT_MS);

/** A database whose user the server lets in over encrypted connections only. */
async function encryptedDatabase(): Promise<Database> {
  const database = await stack.database(server);
  const admin = await database.connectAsAdmin();
  await admin.query(`ALTER USER '${database.user}'@'%' REQUIRE SSL`);
  await admin.end();
  return { ...database, connect: (options) => database.connect({ ssl: { rejectUnauthorized: false }, ...options }) };
}

describe('DB_TLS=verify', () => {
  it('refuses a server whose certificate nobody vouches for, and goes on trying', async () => {
    const { operator } = await openScene(stack, { database: await encryptedDatabase(), start: false, env: { DB_TLS: 'verify' } });
    operator.service.launch();
    const refusal = await waitFor(() => logOf(operator).find(({ error }) => /certificate/i.test(error?.message ?? '')), {
      what: 'the certificate to be refused',
      timeoutMs: 15_000,
    });
    expect(refusal).toMatchObject({ level: 'warn', error: { code: 'DATABASE_UNAVAILABLE' } });
    expect([await probe(operator, '/healthz'), await probe(operator, '/readyz')]).toEqual([200, 503]);
  }, SETUP_TIMEOUT_MS);

  it('works over encrypted connections with a server whose CA is in DB_TLS_CA_FILE', async () => {
    const file = join(stack.folder.path, 'ca.pem');
    await writeFile(file, stack.credentials.ca);
    const { jobs } = await openScene(stack, { database: await encryptedDatabase(), env: { DB_TLS: 'verify', DB_TLS_CA_FILE: file } });
    await jobs.create('encrypted');
    expect((await jobs.untilPhase('encrypted', 'Pending')).status.jobId).toBeDefined();
  }, SETUP_TIMEOUT_MS);

  it('is not worked around: without encryption that user is refused', async () => {
    const { operator } = await openScene(stack, { database: await encryptedDatabase(), start: false, env: { DB_TLS: 'off' } });
    operator.service.launch();
    const refusal = await waitFor(() => logOf(operator).find(({ error }) => error?.code === 'DATABASE_LOGIN_REFUSED'), { what: 'the login to be refused', timeoutMs: 15_000 });
    expect(refusal.error?.message).toMatch(/1045/);
  }, SETUP_TIMEOUT_MS);
});
