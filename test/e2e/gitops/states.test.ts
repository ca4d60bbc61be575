import { beforeAll, describe, expect, it } from '@jest/globals';
import { load } from 'js-yaml';
import { readDoc, sectionOf, tableIn, yamlIn } from '../../support/markdown.ts';
import { useStack, waitFor } from '../../support/stack.ts';
import type { MysqlServer } from '../../support/stack.ts';
import { JUDGES_TIMEOUT_MS, openJudges } from '../support/gitops-judges.ts';
import type { HealthCheckExpressions, Verdict } from '../support/gitops-judges.ts';
import { rowIdOf } from '../support/jobs.ts';
import { KEYED_ENV } from '../support/keyed-scene.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const stack = useStack();

/** Every state of the table in docs/gitops.md, by its name there; the Job in it is called as it is. */
const STATES = {
  fresh: 'no operator has looked yet',
  waiting: 'waiting for a worker',
  running: 'running',
  changed: 'changed, not looked at yet',
  completed: 'completed',
  'too-large': 'completed, result too large',
  expired: 'completed, row expired',
  'gone-early': 'completed, row gone early',
  failed: 'failed',
  'failed-expired': 'failed, row expired',
  cancelled: 'cancelled, as the spec asked',
  'cancelled-elsewhere': 'cancelled by somebody else',
  'payload-refused': 'refused: payload',
  'key-conflict': 'refused: key used for other work',
  'key-in-use': 'refused: key in use',
  'row-missing': 'row gone before the end',
  deleting: 'being deleted, held by another finalizer',
  'deletion-waits': 'deletion waits for the database',
} as const;
type Name = keyof typeof STATES;
const NAMES = Object.keys(STATES) as Name[];

/** Seen in a state while it lasts; judged together later. */
interface Sighting {
  readonly text: string;
  /** Conditions that `kubectl wait` returns for. */
  readonly waits: readonly string[];
  readonly phase: string;
}

const WAITABLE = ['Complete', 'Failed', 'Stalled'];
const TOO_DEEP = `${'{"a":'.repeat(101)}{}${'}'.repeat(101)}`;

/** The rule that the docs give as an example. */
async function acceptedIsEnough(): Promise<HealthCheckExpressions> {
  const [block = ''] = yamlIn(sectionOf(await readDoc('docs/gitops.md'), 'Flux'));
  const { healthCheckExprs } = load(block) as { healthCheckExprs: [HealthCheckExpressions] };
  return healthCheckExprs[0];
}

describe('each state of a Job, made for real', () => {
  let server: MysqlServer;
  let scene: Scene;
  const sightings = new Map<Name, Sighting>();
  const verdicts = new Map<Name, Verdict>();

  const idOf = async (name: Name): Promise<string> => rowIdOf(await scene.jobs.get(name));
  const untilStalled = (name: Name, reason: string, timeoutMs?: number): Promise<unknown> => scene.jobs.untilCondition(name, 'Stalled', 'True', reason, timeoutMs);

  const kubectl = (...args: string[]): Promise<string> => stack.kubectl(['-n', scene.namespace.name, ...args], { mayFail: true });

  async function see(names: readonly Name[]): Promise<void> {
    // Once, without waiting. It fails where one of the Jobs is not in this condition, and names those that are.
    const met = await Promise.all(WAITABLE.map(async (type) => [type, await kubectl('wait', `--for=condition=${type}`, '--timeout=0', 'wpjobs', '--all')] as const));
    const phases = (await kubectl('get', 'wpjobs', '-o', 'custom-columns=N:.metadata.name,P:.status.phase', '--no-headers')).split('\n').map((line) => line.split(/\s+/));
    for (const name of names) {
      sightings.set(name, {
        text: await scene.jobs.text(name),
        waits: met.filter(([, output]) => output.split('\n').includes(`job.wordpress.betaweb.ai/${name} condition met`)).map(([type]) => type),
        phase: phases.find(([one]) => one === name)?.[1] ?? '',
      });
    }
  }

  async function accept(names: readonly Name[]): Promise<void> {
    await Promise.all(names.map((name) => scene.jobs.create(name)));
    await Promise.all(names.map((name) => scene.jobs.untilPhase(name, 'Pending')));
  }

  beforeAll(async () => {
    server = await stack.ownMysqlServer();
    scene = await openScene(stack, { server, env: KEYED_ENV, start: false });
    const { jobs, rows } = scene;
    await jobs.create('fresh');
    await see(['fresh']);
    await scene.operator.service.start();

    await accept(['waiting', 'running', 'changed', 'completed', 'too-large', 'gone-early', 'failed', 'cancelled', 'cancelled-elsewhere', 'row-missing', 'deletion-waits']);
    await Promise.all([
      jobs.create('expired', { ttlSecondsAfterFinished: 0 }),
      jobs.create('failed-expired', { ttlSecondsAfterFinished: 0 }),
      jobs.create('deleting', {}, { finalizers: ['example.com/held'] }),
      jobs.createWithPayload('payload-refused', TOO_DEEP),
      jobs.create('key-holder', { idempotencyKey: 'held', requestPayload: {} }),
      jobs.create('key-earlier', { idempotencyKey: 'used', requestPayload: { site: 1 }, deletionPolicy: 'Retain' }),
    ]);
    await Promise.all(['expired', 'failed-expired', 'deleting', 'key-holder', 'key-earlier'].map((name) => jobs.untilPhase(name, 'Pending')));

    for (const name of ['row-missing', 'running', 'deletion-waits'] as const) await rows.progress(await idOf(name), 40);
    await Promise.all(['row-missing', 'running', 'deletion-waits'].map((name) => jobs.untilPhase(name, 'Running')));
    await rows.complete(await idOf('completed'));
    await rows.complete(await idOf('too-large'), JSON.stringify({ log: 'x'.repeat(300_000) }));
    await rows.complete(await idOf('gone-early'));
    await rows.fail(await idOf('failed'), 'the disk is full');
    await rows.set(await idOf('cancelled-elsewhere'), { status: "'cancelled'", completed_at: 'NOW()' });
    await jobs.patch('cancelled', { spec: { cancel: true } });
    for (const name of ['expired', 'failed-expired'] as const) await rows.age(await idOf(name));
    await rows.complete(await idOf('expired'));
    await rows.fail(await idOf('failed-expired'), 'the disk is full');
    await jobs.delete('deleting');
    await jobs.delete('key-earlier');
    await jobs.untilGone('key-earlier');
    await jobs.create('key-conflict', { idempotencyKey: 'used', requestPayload: { site: 2 } });
    await jobs.create('key-in-use', { idempotencyKey: 'held', requestPayload: {} });

    await Promise.all([
      ...['completed', 'too-large', 'gone-early'].map((name) => jobs.untilPhase(name, 'Completed')),
      jobs.untilPhase('failed', 'Failed'),
      ...['cancelled', 'cancelled-elsewhere'].map((name) => jobs.untilPhase(name, 'Cancelled')),
      ...['expired', 'failed-expired'].map((name) => jobs.untilCondition(name, 'Synced', 'False', 'Expired')),
      jobs.until('deleting', 'to be let go by the operator', ({ metadata }) => metadata.finalizers?.length === 1),
      untilStalled('payload-refused', 'PayloadRefused'),
      untilStalled('key-conflict', 'IdempotencyConflict'),
      untilStalled('key-in-use', 'IdempotencyKeyInUse'),
    ]);
    for (const name of ['row-missing', 'gone-early'] as const) await rows.remove(await idOf(name));
    // A start looks at every row; the full pass would come by within a minute.
    await scene.operator.service.stop();
    await scene.operator.service.start();
    await Promise.all([untilStalled('row-missing', 'RowMissing', 30_000), jobs.untilCondition('gone-early', 'Synced', 'False', 'RowMissing', 30_000)]);
    await see(NAMES.filter((name) => !['fresh', 'changed', 'deletion-waits'].includes(name)));

    await server.service?.kill('SIGKILL');
    await waitFor(async () => (await scene.metrics.sum('jobs_operator_db_up')) === 0, { what: 'the operator to notice', timeoutMs: 10_000 });
    await jobs.delete('deletion-waits');
    await jobs.untilCondition('deletion-waits', 'Synced', 'Unknown');
    await scene.operator.service.stop();
    await jobs.patch('changed', { spec: { ttlSecondsAfterFinished: 60 } });
    await see(['changed', 'deletion-waits']);
    await server.service?.start();

    const judges = await openJudges(stack);
    const judged = await judges.judge(NAMES.map((name) => sightings.get(name)?.text ?? ''), { accepted: await acceptedIsEnough() });
    for (const [index, verdict] of judged.entries()) verdicts.set(NAMES[index] as Name, verdict);
  }, JUDGES_TIMEOUT_MS);

  it('has a line in the table of docs/gitops.md, and is judged by every tool as it stands there', async () => {
    const seen = NAMES.map((name) => {
      const [sighting, verdict] = [sightings.get(name), verdicts.get(name)];
      return {
        state: STATES[name],
        PHASE: sighting?.phase === '<none>' ? '' : sighting?.phase,
        kstatus: verdict?.kstatus.status,
        'Flux, if accepted is enough': verdict?.flux['accepted']?.status,
        'Argo CD': verdict?.argo.status,
        '*Cancel*': verdict?.actions['cancel']?.disabled === true ? 'grey' : 'offered',
        '`kubectl wait`': sighting?.waits.join(', '),
      };
    });
    expect(seen).toEqual(tableIn(sectionOf(await readDoc('docs/gitops.md'), 'What each state looks like')));
  });

  it("is to Flux's expressions what it is to kstatus, a deletion apart, which they know as unfinished", () => {
    for (const name of NAMES) {
      const verdict = verdicts.get(name);
      const expected = verdict?.kstatus.status === 'Terminating' ? 'InProgress' : verdict?.kstatus.status;
      expect({ name, status: verdict?.flux['component']?.status }).toEqual({ name, status: expected });
    }
  });

  it('is never Suspended or Unknown, and always says why', () => {
    for (const [name, { argo }] of verdicts) {
      expect({ name, status: argo.status }).toEqual({ name, status: expect.stringMatching(/^(Progressing|Healthy|Degraded)$/) });
      expect({ name, message: argo.message }).toEqual({ name, message: expect.stringMatching(/\w+/) });
    }
    expect(verdicts.get('running')?.argo.message).toBe('A worker is doing the job. 40 % done.');
    expect(verdicts.get('failed')?.argo.message).toBe('the disk is full');
  });
});
