import { beforeAll, describe, expect, it } from '@jest/globals';
import { conditionsOf } from '../../e2e/support/jobs.ts';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { openWitnessedScene } from './support/witnessed-scene.ts';
import type { WitnessedScene } from './support/witnessed-scene.ts';

const stack = useStack();

/** Wrong recovery, from the row's side: an adopted table may hold what no status can, and a worker may put that right. */
describe('a bad row that is put right', () => {
  let scene: WitnessedScene;

  beforeAll(async () => {
    scene = await openWitnessedScene(stack, {
      // Any text, and one status more: such a table is adopted.
      before: async ({ database }) => {
        const admin = await database.connectAsAdmin();
        await admin.query("ALTER TABLE jobs MODIFY result LONGTEXT NULL, MODIFY status ENUM('pending','running','completed','failed','cancelled','paused') NOT NULL DEFAULT 'pending'");
        await admin.end();
      },
    });
    for (const name of ['unreadable', 'nested', 'paused', 'bystander']) await scene.create(name);
    for (const name of ['unreadable', 'nested', 'paused', 'bystander']) await scene.jobs.untilPhase(name, 'Pending');
  }, SETUP_TIMEOUT_MS);

  it('a result that is not JSON: the end is shown without it, and the result once it is one', async () => {
    const { metadata } = await scene.jobs.get('unreadable');
    await scene.rows.complete(metadata.uid, 'see the log');
    const job = await scene.jobs.untilPhase('unreadable', 'Completed');
    expect(conditionsOf(job)).toMatchObject({ Complete: 'True Completed', Synced: 'False ResultUnreadable' });
    expect(job.status).not.toHaveProperty('result');
    await scene.rows.set(metadata.uid, { result: `'{"log": "https://log.example.com"}'`, updated_at: 'NOW() + INTERVAL 1 SECOND' });
    await scene.jobs.untilCondition('unreadable', 'Synced', 'True', 'RowShown');
    expect((await scene.jobs.get('unreadable')).status.result).toEqual({ log: 'https://log.example.com' });
  });

  it('a result nested deeper than MySQL reads JSON: it is shown, since the column is of text', async () => {
    const { metadata } = await scene.jobs.get('nested');
    await scene.rows.complete(metadata.uid, `${'['.repeat(200)}${']'.repeat(200)}`);
    const job = await scene.jobs.untilPhase('nested', 'Completed');
    expect(JSON.stringify(job.status.result)).toHaveLength(400);
  });

  it('a status that no Job knows: the Job stays as it was, and follows from the next known one on', async () => {
    const before = await scene.jobs.get('paused');
    await scene.rows.set(before.metadata.uid, { status: "'paused'" });
    await scene.untilCaughtUp();
    expect((await scene.jobs.get('paused')).status).toEqual(before.status);
    await scene.rows.progress(before.metadata.uid, 70);
    expect((await scene.jobs.untilPhase('paused', 'Running')).status.progress).toBe(70);
  });

  it('has not kept the other Jobs from anything', async () => {
    const { metadata } = await scene.jobs.get('bystander');
    await scene.rows.complete(metadata.uid, '{"run": 1}');
    await expect(scene.jobs.untilPhase('bystander', 'Completed')).resolves.toBeDefined();
    await scene.untilAgreed();
    expect(await scene.writesInSilence()).toEqual([]);
  });
});
