import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const stack = useStack();

describe('what kubectl shows of Jobs', () => {
  let scene: Scene;

  const kubectl = (...args: string[]): Promise<string> => stack.kubectl(['-n', scene.namespace.name, ...args]);

  /** The columns of the one line for this Job. */
  async function columns(name: string, ...args: string[]): Promise<string[]> {
    const line = (await kubectl('get', 'wpjobs', name, '--no-headers', ...args)).trim();
    return line.split(/\s{2,}/);
  }

  beforeAll(async () => {
    scene = await openScene(stack);
    await Promise.all([
      scene.jobs.create('good'),
      scene.jobs.create('bad', { type: 'restore' }),
      scene.jobs.create('stopped', { type: 'delete' }),
      scene.jobs.create('half'),
    ]);
    for (const name of ['good', 'bad', 'stopped', 'half']) await scene.jobs.untilPhase(name, 'Pending');
  }, SETUP_TIMEOUT_MS);

  it('kubectl wait --for=condition=Complete returns when the worker has completed the job', async () => {
    const { metadata } = await scene.jobs.get('good');
    const waiting = kubectl('wait', '--for=condition=Complete', '--timeout=30s', 'wpjob/good');
    await scene.rows.complete(metadata.uid);
    await expect(waiting).resolves.toContain('condition met');
  });

  it('kubectl wait --for=condition=Failed returns for a failed job and for a cancelled one', async () => {
    const { metadata } = await scene.jobs.get('bad');
    const waiting = kubectl('wait', '--for=condition=Failed', '--timeout=30s', 'wpjob/bad', 'wpjob/stopped');
    await scene.rows.fail(metadata.uid, 'no such snapshot');
    await scene.jobs.patch('stopped', { spec: { cancel: true } });
    await expect(waiting).resolves.toMatch(/(condition met\s+.*){2}/s);
  });

  it('kubectl wait does not take a Job for complete that still waits', async () => {
    const waiting = kubectl('wait', '--for=condition=Complete', '--timeout=1s', 'wpjob/half');
    await expect(waiting).rejects.toThrow(/timed out/);
  });

  it('kubectl get wpjobs has the columns Name, Type, Phase, Progress and Age', async () => {
    const { metadata } = await scene.jobs.get('half');
    await scene.rows.progress(metadata.uid, 42);
    await scene.jobs.until('half', 'to show its progress', ({ status }) => status.progress === 42);
    const [header] = (await kubectl('get', 'wpjobs')).split('\n');
    expect(header?.split(/\s+/)).toEqual(['NAME', 'TYPE', 'PHASE', 'PROGRESS', 'AGE']);
    expect((await columns('good')).slice(0, 4)).toEqual(['good', 'clone', 'Completed', '100']);
    expect((await columns('bad')).slice(0, 4)).toEqual(['bad', 'restore', 'Failed', '0']);
    expect((await columns('stopped')).slice(0, 4)).toEqual(['stopped', 'delete', 'Cancelled', '0']);
    expect((await columns('half')).slice(0, 4)).toEqual(['half', 'clone', 'Running', '42']);
  });

  it('kubectl get wpjobs -o wide adds Job ID, Completed, Expires and Message', async () => {
    const { metadata } = await scene.jobs.get('bad');
    const [header] = (await kubectl('get', 'wpjobs', '-o', 'wide')).split('\n');
    expect(header?.split(/\s{2,}/)).toEqual(['NAME', 'TYPE', 'PHASE', 'PROGRESS', 'AGE', 'JOB ID', 'COMPLETED', 'EXPIRES', 'MESSAGE']);
    const shown = await columns('bad', '-o', 'wide');
    expect(shown[5]).toBe(metadata.uid);
    expect(shown[6]).toMatch(/^\d+s$/);
    expect(shown.at(-1)).toBe('no such snapshot');
  });

  it('kubectl describe tells the story in Events', async () => {
    await scene.jobs.reasonsUntil('bad', 'Failed');
    const text = await kubectl('describe', 'wpjob', 'bad');
    expect(text).toMatch(/Normal\s+Accepted[\s\S]+Warning\s+Failed/);
  });
});
