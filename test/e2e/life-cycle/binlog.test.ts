import { beforeAll, describe, expect, it } from '@jest/globals';
import { grantScript } from '../../../dev/grants.ts';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const stack = useStack();

/** A look a minute: what is shown sooner was told by the log. */
describe('an operator that follows the binary log', () => {
  let scene: Scene;

  beforeAll(async () => {
    const database = await stack.database();
    const admin = await database.connectAsAdmin();
    await admin.query(grantScript('binlog', stack.mysql, { database: database.name, user: database.user, password: '' }));
    await admin.end();
    scene = await openScene(stack, { database, env: { FEED: 'binlog', FEED_INTERVAL_MS: '60000' } });
    await waitFor(async () => (await scene.metrics.sum('jobs_operator_feed_binlog')) === 1, { what: 'the binary log to be followed', timeoutMs: 20_000 });
  }, SETUP_TIMEOUT_MS);

  it('shows a start, a step and an end without looking for them', async () => {
    const { metadata } = await scene.jobs.create('quick');
    await scene.jobs.untilPhase('quick', 'Pending');
    await scene.rows.progress(metadata.uid, 5);
    await scene.jobs.untilPhase('quick', 'Running');
    await scene.rows.progress(metadata.uid, 50);
    await scene.jobs.until('quick', 'to show 50', ({ status }) => status.progress === 50);
    await scene.rows.complete(metadata.uid);
    await scene.jobs.untilPhase('quick', 'Completed');
    expect(await scene.metrics.sum('jobs_operator_row_changes_total')).toBeLessThan(10);
  });
});
