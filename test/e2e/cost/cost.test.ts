import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { billOf, billOfStart } from '../support/bill.ts';
import type { Bill } from '../support/bill.ts';
import { startCountingRelay } from '../support/counting-relay.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const stack = useStack();

/** Five turns of each, the two of the warm-up included, are no more than the Events that go at once, so that each turn gets its own. */
const COUNT = 20;

const names = Array.from({ length: COUNT }, (_, index) => `job-${index}`);

function each<T>(work: (name: string) => Promise<T>): Promise<T[]> {
  return Promise.all(names.map(work));
}

/** From nothing to Jobs that are gone, in this order. Each resolves when its outcome is shown. */
const PHASES: Readonly<Record<string, (scene: Scene) => Promise<unknown>>> = {
  async accept({ jobs }) {
    await each((name) => jobs.create(name));
    await each((name) => jobs.untilPhase(name, 'Pending'));
  },
  async start({ rows, jobs }) {
    await rows.run("UPDATE jobs SET status = 'running', progress = 1 WHERE status = 'pending'");
    await each((name) => jobs.untilPhase(name, 'Running'));
  },
  async progress({ rows, jobs }) {
    await rows.run("UPDATE jobs SET progress = 50 WHERE status = 'running'");
    await each((name) => jobs.until(name, 'to show its progress', ({ status }) => status.progress === 50));
  },
  async complete({ rows, jobs }) {
    await rows.run("UPDATE jobs SET status = 'completed', progress = 100, completed_at = NOW(), result = '{\"done\": true}' WHERE status = 'running'");
    await each((name) => jobs.untilPhase(name, 'Completed'));
  },
  idle: () => Promise.resolve(),
  /** The same: once a minute the API server tells the watch how far it has come, which is not of our making. */
  'idle again': () => Promise.resolve(),
  async delete({ jobs }) {
    await each((name) => jobs.delete(name));
    await each((name) => jobs.untilGone(name));
  },
  /** With the Jobs of the warm-up. Last, since it opens new connections. */
  restart: ({ operator }) => operator.service.start(),
};

describe('what Jobs cost, on any machine', () => {
  const bills: Record<string, Bill> = {};

  beforeAll(async () => {
    const { hostname, port } = new URL(stack.credentials.url);
    const relay = await startCountingRelay({ host: hostname, port: Number(port) });
    stack.defer(() => relay.stop());
    const kubeconfig = await stack.kubeconfigFor({ ...stack.credentials, url: `https://127.0.0.1:${relay.port}` });
    const scene = await openScene(stack, { cluster: { api: stack.api, kubeconfig } });
    // Opens the connections, so that handshakes are no part of any phase.
    const warm = names.map((name) => `warm-up-${name}`);
    await Promise.all(warm.map((name) => scene.jobs.create(name)));
    await Promise.all(warm.map((name) => scene.jobs.untilPhase(name, 'Pending')));
    await scene.rows.run("UPDATE jobs SET status = 'cancelled', completed_at = NOW()");
    await Promise.all(warm.map((name) => scene.jobs.untilPhase(name, 'Cancelled')));
    await billOf(scene.metrics, relay, () => Promise.resolve());

    for (const [phase, run] of Object.entries(PHASES)) {
      if (phase === 'restart') await scene.operator.service.stop();
      const measure = phase === 'restart' ? billOfStart : billOf;
      bills[phase] = await measure(scene.metrics, relay, () => run(scene));
    }
  }, SETUP_TIMEOUT_MS);

  /** Of the API server, for each Job: PATCH is a status or a finalizer, POST an Event; a GET comes before a write only where something is in doubt. */
  it.each([
    ['accept', { PATCH: 2, POST: 1 }],
    ['start', { PATCH: 1, POST: 1 }],
    ['progress', { PATCH: 1 }],
    ['complete', { PATCH: 1, POST: 1 }],
    ['idle', {}],
    ['delete', { PATCH: 1 }],
  ])('in requests to the API server: %s', (phase, perJob) => {
    const none = { GET: 0, PATCH: 0, POST: 0, PUT: 0, DELETE: 0 };
    expect(bills[phase]?.requests).toEqual({ ...none, ...Object.fromEntries(Object.entries(perJob).map(([method, count]) => [method, count * COUNT])) });
  });

  it('in requests to the API server: a restart lists, watches, and writes nothing', () => {
    expect(bills['restart']?.requests).toEqual({ GET: 2, PATCH: 0, POST: 0, PUT: 0, DELETE: 0 });
  });

  /** Statements are shared by the Jobs of a moment, so there are fewer of them than Jobs, and how many is a question of the machine. */
  it.each([
    ['accept', ['insert', 'read']],
    ['start', ['read']],
    ['progress', ['read']],
    ['complete', ['read']],
    ['idle', []],
    ['delete', ['read']],
    ['restart', ['read']],
  ])('in statements: %s', (phase, expected) => {
    const statements = Object.entries(bills[phase]?.statements ?? {});
    expect(statements.filter(([, count]) => count > 0).map(([name]) => name).toSorted()).toEqual(expected);
    for (const [, count] of statements) expect(count).toBeLessThanOrEqual(COUNT);
  });

  /** For each Job, with the TLS around it: the size of what was measured and a tenth, so that another label or condition fits. */
  it.each([
    ['accept', 3_170, 10_540],
    ['start', 2_580, 7_310],
    ['progress', 1_680, 5_780],
    ['complete', 2_450, 6_960],
    ['delete', 520, 8_470],
  ])('in bytes to the API server and from it: %s', (phase, sent, received) => {
    const bill = bills[phase];
    expect(Math.round((bill?.sent ?? Number.NaN) / COUNT)).toBeLessThanOrEqual(sent);
    expect(Math.round((bill?.received ?? Number.NaN) / COUNT)).toBeLessThanOrEqual(received);
  });

  it('in bytes to the API server and from it: nothing while nothing happens', () => {
    expect([bills['idle'], bills['idle again']]).toEqual(expect.arrayContaining([expect.objectContaining({ sent: 0, received: 0 })]));
  });
});
