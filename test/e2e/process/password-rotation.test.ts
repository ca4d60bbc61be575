import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { endSessions } from '../../../dev/sessions.ts';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import { logOf, probe } from '../support/operator-log.ts';
import { openScene } from '../support/scene.ts';

const stack = useStack();

/** As the kubelet replaces a mounted Secret: at once. */
async function replaceFile(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}

describe('the password in a file', () => {
  it('may be changed while the operator runs: it logs in with the new one, without a restart', async () => {
    const database = await stack.database();
    const file = join(stack.folder.path, 'password');
    await writeFile(file, `${database.password}\n`);
    const scene = await openScene(stack, { database, env: { DB_PASSWORD: '', DB_PASSWORD_FILE: file } });
    await scene.jobs.create('before');
    await scene.jobs.untilPhase('before', 'Pending');
    const pid = scene.operator.service.pid;

    const admin = await database.connectAsAdmin();
    await admin.query(`ALTER USER '${database.user}'@'%' IDENTIFIED BY 'rotated-password'`);
    // Connections that were open keep working; these are the ones that a server's restart, or its idle limit, ends.
    await endSessions(admin, ({ user }) => user === database.user);
    await admin.end();
    await waitFor(() => logOf(scene.operator).some(({ error }) => error?.code === 'DATABASE_LOGIN_REFUSED'), { what: 'the old password to be refused', timeoutMs: 15_000 });
    expect(await probe(scene.operator, '/healthz')).toBe(200);

    await replaceFile(file, 'rotated-password\n');
    await scene.jobs.create('after');
    await scene.jobs.untilPhase('after', 'Pending');
    expect(scene.operator.service.pid).toBe(pid);
  }, SETUP_TIMEOUT_MS);
});
