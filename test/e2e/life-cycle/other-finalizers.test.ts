import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { conditionsOf, FINALIZER } from '../support/jobs.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const stack = useStack();

const OTHER = 'example.com/somebody-else';

describe("a deleted Job that somebody else's finalizer holds", () => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await openScene(stack, { env: { DB_MIGRATE: 'full' } });
    for (const [name, deletionPolicy] of [['cancelled', 'Cancel'], ['retained', 'Retain']] as const) {
      const { metadata } = await scene.jobs.create(name, { deletionPolicy }, { finalizers: [OTHER] });
      await scene.jobs.untilPhase(name, 'Pending');
      await scene.rows.progress(metadata.uid, 10);
      await scene.jobs.untilPhase(name, 'Running');
      await scene.jobs.delete(name);
    }
  }, SETUP_TIMEOUT_MS);

  it("loses the operator's finalizer and keeps the other", async () => {
    const released = await scene.jobs.until('cancelled', 'to be let go', ({ metadata }) => !(metadata.finalizers ?? []).includes(FINALIZER));
    expect(released.metadata.finalizers).toEqual([OTHER]);
    expect(released.metadata.deletionTimestamp).toBeDefined();
  });

  it('shows what became of its row', async () => {
    const job = await scene.jobs.untilPhase('cancelled', 'Cancelled');
    expect(conditionsOf(job)).toMatchObject({ Ready: 'True Cancelled', Failed: 'True Cancelled', Synced: 'True RowShown' });
    expect(await scene.rows.get(job.metadata.uid)).toMatchObject({ status: 'cancelled', progress: 10 });
  });

  it('goes on showing its row while it is held, which nobody stops under Retain', async () => {
    const { metadata } = await scene.jobs.until('retained', 'to be let go', (job) => !(job.metadata.finalizers ?? []).includes(FINALIZER));
    await scene.rows.progress(metadata.uid, 70);
    await scene.jobs.until('retained', 'to show 70', ({ status }) => status.progress === 70);
    await scene.rows.complete(metadata.uid);
    const job = await scene.jobs.untilPhase('retained', 'Completed');
    expect(job.metadata.finalizers).toEqual([OTHER]);
  });

  it('goes when the other lets go', async () => {
    await scene.jobs.patch('cancelled', { metadata: { finalizers: null } });
    await expect(scene.jobs.untilGone('cancelled')).resolves.toBeUndefined();
  });
});
