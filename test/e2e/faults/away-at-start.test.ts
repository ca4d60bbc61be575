import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import type { OperatorProcess } from '../../support/stack.ts';
import { untilAllAgree } from '../support/agreement.ts';
import { logOf, probe } from '../support/operator-log.ts';
import type { LogLine } from '../support/operator-log.ts';
import { openOwnCluster } from '../support/own-cluster.ts';
import { openScene } from '../support/scene.ts';

/** Three or four attempts, each after twice the pause. */
const AWAY_MS = 5_000;

const stack = useStack();

/** Launches it without waiting, and lets it try for a while. @returns its attempts, as it told them */
async function launchInVain(operator: OperatorProcess, isAttempt: (line: LogLine) => boolean): Promise<readonly LogLine[]> {
  operator.service.launch();
  await waitFor(() => logOf(operator).some(isAttempt), { what: 'the first attempt', timeoutMs: 20_000 });
  await sleep(AWAY_MS);
  return logOf(operator).filter(isAttempt);
}

async function probes(operator: OperatorProcess): Promise<readonly number[]> {
  return [await probe(operator, '/healthz'), await probe(operator, '/readyz')];
}

describe('an operator that starts before', () => {
  it('its database lives, is not ready, tells each attempt once, and goes to work by itself', async () => {
    const server = await stack.ownMysqlServer();
    const scene = await openScene(stack, { server, start: false });
    await scene.rows.close();
    await server.service?.kill('SIGKILL');
    await scene.jobs.create('early');

    const attempts = await launchInVain(scene.operator, ({ error }) => error?.code === 'DATABASE_UNAVAILABLE');
    expect(await probes(scene.operator)).toEqual([200, 503]);
    expect((await scene.jobs.get('early')).status).toEqual({ observedGeneration: -1 });
    expectBackOff(attempts);

    await server.service?.start();
    await scene.operator.service.ready();
    await scene.jobs.untilPhase('early', 'Pending');
    expect(await probes(scene.operator)).toEqual([200, 200]);
  }, SETUP_TIMEOUT_MS);

  it('its API server lives, is not ready, tells each attempt once, and goes to work by itself', async () => {
    const cluster = await openOwnCluster(stack);
    const scene = await openScene(stack, { cluster, namespace: cluster.namespace, start: false });
    await scene.jobs.create('early');
    await cluster.controlPlane.apiServer.kill('SIGKILL');

    const attempts = await launchInVain(scene.operator, ({ error }) => error?.code === 'API_UNAVAILABLE');
    expect(await probes(scene.operator)).toEqual([200, 503]);
    expectBackOff(attempts);

    await cluster.controlPlane.apiServer.start();
    await scene.operator.service.ready();
    await scene.jobs.untilPhase('early', 'Pending');
    expect(await untilAllAgree(scene.jobs, scene.rows)).toHaveLength(1);
  }, SETUP_TIMEOUT_MS);
});

function expectBackOff(attempts: readonly LogLine[]): void {
  expect(attempts.length).toBeGreaterThan(1);
  expect(attempts.length).toBeLessThan(7);
  expect(attempts.every(({ job }) => job === undefined)).toBe(true);
}
