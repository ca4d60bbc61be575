import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import type { MysqlServer } from '../../support/stack.ts';
import { rowIdOf } from '../support/jobs.ts';
import { logOf, probe } from '../support/operator-log.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const SECRETS = {
  payload: 'hush-payload-4711',
  key: 'hush-key-4712',
  result: 'hush-result-4713',
  error: 'hush-error-4714',
  refused: 'hush-refused-4715',
  quoted: 'hush-quoted-4716',
};

const stack = useStack();
let server: MysqlServer;
let scene: Scene;

beforeAll(async () => {
  server = await stack.ownMysqlServer();
  scene = await openScene(stack, { server, env: { LOG_LEVEL: 'trace' } });
}, SETUP_TIMEOUT_MS);

/** A table's owner may have triggers that quote what they do not like. */
const QUOTING_TRIGGER = `CREATE TRIGGER quoting BEFORE INSERT ON jobs FOR EACH ROW BEGIN
  DECLARE words VARCHAR(128) DEFAULT LEFT(CAST(NEW.request_payload AS CHAR), 128);
  IF words LIKE '%quoted%' THEN SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 3999, MESSAGE_TEXT = words; END IF;
END`;

/** The whole of a life: well, failed, refused by the database in several ways, cut off by an outage, locked out, deleted. */
async function live(): Promise<void> {
  const { jobs, rows } = scene;
  const requestPayload = { password: SECRETS.payload, [SECRETS.key]: 1 };
  const [completes, fails, waits] = await Promise.all(['completes', 'fails', 'waits'].map(async (name) => rowIdOf(await jobs.create(name, { requestPayload }))));
  await jobs.createWithPayload('refused', `${'{"a":'.repeat(120)}"${SECRETS.refused}"${'}'.repeat(120)}`);
  await jobs.untilCondition('refused', 'Stalled', 'True');
  await Promise.all(['completes', 'fails', 'waits'].map((name) => jobs.untilPhase(name, 'Pending')));
  const admin = await scene.database.connectAsAdmin();
  await admin.query(QUOTING_TRIGGER);
  const quoted = rowIdOf(await jobs.create('quoted', { requestPayload: { password: SECRETS.quoted } }));
  await untilComplaint(quoted);
  await rows.complete(completes ?? '', JSON.stringify({ login: SECRETS.result, large: SECRETS.result.repeat(20_000) }));
  await rows.fail(fails ?? '', `could not log in as ${SECRETS.error}`);
  await jobs.untilPhase('completes', 'Completed');
  await jobs.untilPhase('fails', 'Failed');

  // A row whose status nobody knows, and statements that fail for it.
  await rows.run("SET SESSION sql_mode = ''");
  await rows.run('UPDATE jobs SET status = ? WHERE job_id = ?', [SECRETS.result, waits ?? '']);
  await untilComplaint(waits ?? '');

  await admin.query(`ALTER USER '${scene.database.user}'@'%' IDENTIFIED BY 'another'`);
  await admin.end();
  await server.service?.kill('SIGKILL');
  await jobs.create('meanwhile', { requestPayload });
  await server.service?.start();
  await waitFor(() => logOf(scene.operator).some(({ error }) => error?.code === 'DATABASE_LOGIN_REFUSED'), { what: 'the login to be refused', timeoutMs: 15_000 });
  await jobs.delete('fails');
  await jobs.reasonsUntil('fails', 'DeletionWaiting');
}

async function untilComplaint(job: string): Promise<void> {
  await waitFor(() => logOf(scene.operator).some((line) => line.level === 'warn' && line.job === job), { what: `a warning about Job ${job}`, timeoutMs: 15_000 });
}

describe('payloads, results, errors and passwords', () => {
  it('appear nowhere but in rows and resources, whatever happens and however much is logged', async () => {
    await live();
    const log = scene.operator.service.log();
    const metrics = await (await fetch(`${scene.operator.url}/metrics`)).text();
    const events = await stack.api.text('GET', `/apis/events.k8s.io/v1/namespaces/${scene.namespace.name}/events`);
    expect(events).toContain('DeletionWaiting');
    expect(metrics).toContain('jobs_operator_db_up 0');

    const secrets = [...Object.values(SECRETS), scene.database.password, stack.credentials.token];
    for (const [where, text] of Object.entries({ log, metrics, events })) {
      expect({ where, leaked: secrets.filter((secret) => text.includes(secret)) }).toEqual({ where, leaked: [] });
    }
    expect(await probe(scene.operator, '/healthz')).toBe(200);
  }, SETUP_TIMEOUT_MS);

  it('are not missed: each line of the log is a JSON object, and those about a Job name it and the reconcile', async () => {
    const { metadata } = await scene.jobs.get('completes');
    const about = logOf(scene.operator).filter(({ message, job }) => message === 'status written' && job === metadata.uid);
    expect(about.map(({ reason }) => reason)).toEqual(['Accepted', 'Completed']);
    for (const line of about) {
      expect(line).toMatchObject({ level: 'info', namespace: scene.namespace.name, name: 'completes', reconcileId: expect.stringMatching(/^\S+$/), time: expect.stringMatching(/Z$/) });
    }
  });
});
