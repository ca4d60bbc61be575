import { beforeAll, describe, expect, it } from '@jest/globals';
import { MANIFESTS } from '../../../dev/kustomize.ts';
import { Metrics } from '../../../dev/metrics.ts';
import { canRunPods } from '../../../dev/pod.ts';
import { createNamespace } from '../../support/namespace.ts';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import type { OperatorProcess } from '../../support/stack.ts';
import { untilAllAgree } from '../support/agreement.ts';
import { IMAGE_TIMEOUT_MS, install } from '../support/installation.ts';
import type { Installation } from '../support/installation.ts';
import { conditionsOf, Jobs, rowIdOf } from '../support/jobs.ts';
import { logOf } from '../support/operator-log.ts';

/** The Deployment's, less what a kubelet takes. */
const GRACE_MS = 25_000;

const stack = useStack();
let site: Installation;
let jobs: Jobs;
let pods: readonly [OperatorProcess, OperatorProcess];

// Mount namespaces are root's. The same manifests are rendered, applied and judged for everybody in test/integration/manifests.
const asRoot = canRunPods() ? describe : describe.skip;

asRoot('an installation, by the steps of docs/install.md', () => {
  beforeAll(async () => {
    site = await install(stack, { components: ['migrate', 'network-policy'] });
    jobs = new Jobs(site.api, await createNamespace(site.api, 'team-florists'));
  }, IMAGE_TIMEOUT_MS);

  it('migrates with a login of its own, without a token for the API server', async () => {
    const migration = await site.pod('jobs', 'jobs-operator-migrate');
    migration.service.launch();
    expect(await migration.service.ended).toBe('code 0');
    expect(migration.service.log()).toMatch(/ADD INDEX idx_updated_at[\s\S]*CREATE TABLE IF NOT EXISTS jobs_tombstones[\s\S]*-- done: 2 statements/);
  }, SETUP_TIMEOUT_MS);

  it('has doctor find nothing wrong inside of a pod', async () => {
    const pod = await site.pod('deployments', 'jobs-operator', { command: ['/app/dist/main.js', 'doctor'] });
    pod.service.launch();
    expect(await pod.service.ended).toBe('code 0');
    expect(pod.service.log()).toMatch(/by the service account of this pod/);
    expect(pod.service.log().split('\n').filter((line) => /^(warn|FAIL)/.test(line))).toEqual([expect.stringMatching(/^warn {2}database encryption: none/)]);
  }, SETUP_TIMEOUT_MS);

  it('gives a pod no place to write in, and no more rights than its user has', async () => {
    const places = ['/app', '/app/dist', '/tmp', '/var/tmp', '/etc/jobs-operator/database', '/var/run/secrets/kubernetes.io/serviceaccount', '/nodejs/bin', '.'];
    const look = `
      const { writeFileSync, readFileSync } = require('node:fs');
      const answer = (place) => { try { writeFileSync(place + '/x', 'x'); return 'written'; } catch ({ code }) { return code; } };
      console.log(JSON.stringify({
        writes: ${JSON.stringify(places)}.map(answer),
        user: [process.getuid(), process.getgid(), process.getgroups()],
        cwd: process.cwd(),
        home: process.env.HOME,
        status: readFileSync('/proc/self/status', 'utf8').split('\\n').filter((line) => /^(CapEff|CapPrm|CapAmb|NoNewPrivs)/.test(line)),
        password: readFileSync(process.env.DB_PASSWORD_FILE, 'utf8').length,
      }));`;
    const pod = await site.pod('deployments', 'jobs-operator', { command: ['-e', look] });
    pod.service.launch();
    await pod.service.ended;
    expect(JSON.parse(pod.service.log())).toEqual({
      writes: places.map((place) => (place === '/var/tmp' ? 'ENOENT' : 'EROFS')),
      user: [65532, 65532, [65532]],
      cwd: '/app',
      status: ['CapPrm:\t0000000000000000', 'CapEff:\t0000000000000000', 'CapAmb:\t0000000000000000', 'NoNewPrivs:\t1'],
      password: 'operator-password\n'.length,
    });
  });

  it('has two pods that are ready, of which one leads', async () => {
    pods = [await site.pod('deployments', 'jobs-operator'), await site.pod('deployments', 'jobs-operator')];
    await Promise.all(pods.map(({ service }) => service.start()));
    expect(await waitFor(async () => ((await leading()).length > 0 ? leading() : undefined), { what: 'one of them to lead', timeoutMs: 20_000 })).toHaveLength(1);
  }, SETUP_TIMEOUT_MS);

  it('accepts Jobs, shows their progress and how they end, and tells it in Events', async () => {
    for (const name of ['completes', 'fails', 'is-cancelled']) await jobs.create(name);
    const [completes, fails] = await Promise.all(['completes', 'fails', 'is-cancelled'].map((name) => jobs.untilPhase(name, 'Pending')));
    await site.rows.progress(rowIdOf(completes!), 40);
    await jobs.until('completes', 'to be at 40', ({ status }) => status.progress === 40);
    await site.rows.complete(rowIdOf(completes!), '{"site": "https://florist.example.com"}');
    await site.rows.fail(rowIdOf(fails!), 'no such backup');
    await jobs.patch('is-cancelled', { spec: { cancel: true } });
    expect((await jobs.untilPhase('completes', 'Completed')).status.result).toEqual({ site: 'https://florist.example.com' });
    expect((await jobs.untilPhase('fails', 'Failed')).status.error).toBe('no such backup');
    expect(conditionsOf(await jobs.untilPhase('is-cancelled', 'Cancelled'))).toMatchObject({ Ready: 'True Cancelled' });
    expect(await jobs.reasonsUntil('completes', 'Completed')).toEqual(expect.arrayContaining(['Accepted', 'Completed']));
    await untilAllAgree(jobs, site.rows);
  });

  it('follows a deletion with each deletionPolicy', async () => {
    const policies = { Cancel: 'cancelled', Retain: 'pending', Delete: 'cancelled' };
    for (const [deletionPolicy, status] of Object.entries(policies)) {
      const name = `deleted-${deletionPolicy.toLowerCase()}`;
      const jobId = rowIdOf(await jobs.create(name, { deletionPolicy }));
      await jobs.untilPhase(name, 'Pending');
      await jobs.delete(name);
      await jobs.untilGone(name);
      // A row younger than 20 s is cancelled by `Delete`, and goes with the sweep.
      expect((await site.rows.get(jobId)).status).toBe(status);
    }
    const old = rowIdOf(await jobs.create('old', { deletionPolicy: 'Delete' }));
    await jobs.untilPhase('old', 'Pending');
    await site.rows.age(old);
    await jobs.delete('old');
    await jobs.untilGone('old');
    expect(await site.rows.find(old)).toBeUndefined();
  });

  it('sweeps a row that has expired, and its resource where that is asked for', async () => {
    const spec = { ttlSecondsAfterFinished: 0, ttlPolicy: 'RowAndResource' };
    const jobId = rowIdOf(await jobs.create('swept', spec));
    await jobs.untilPhase('swept', 'Pending');
    await site.rows.complete(jobId);
    await jobs.untilPhase('swept', 'Completed');
    await site.rows.age(jobId);
    await jobs.untilGone('swept');
    expect(await site.rows.find(jobId)).toBeUndefined();
  });

  it('runs a keyed Job once: applied again after its row was swept, it shows how it ended', async () => {
    const spec = { idempotencyKey: 'relaunch', ttlSecondsAfterFinished: 0 };
    await jobs.create('keyed', spec);
    const jobId = rowIdOf(await jobs.untilPhase('keyed', 'Pending'));
    await site.rows.complete(jobId, '{"once": true}');
    await jobs.untilPhase('keyed', 'Completed');
    await site.rows.age(jobId);
    await site.rows.untilGone(jobId);
    await jobs.delete('keyed');
    await jobs.untilGone('keyed');
    await jobs.create('keyed', spec);
    expect((await jobs.untilCondition('keyed', 'Synced', 'False', 'Expired')).status).toMatchObject({ phase: 'Completed', result: { once: true } });
  });

  it('is not held up by the admission policy where a payload is as large as they get', async () => {
    await jobs.create('large', { requestPayload: { site: 'large', text: 'x'.repeat(600_000), list: Array.from({ length: 40_000 }, (_, index) => index) } });
    const { status } = await jobs.untilPhase('large', 'Pending');
    await jobs.delete('large');
    await jobs.untilGone('large');
    expect(await site.rows.get(status.jobId ?? '')).toMatchObject({ status: 'cancelled' });
  });

  it('hands over when a pod is ended, within the time that the kubelet gives', async () => {
    const [leader] = await leading();
    const [standby] = pods.filter((pod) => pod !== leader);
    const askedAt = performance.now();
    expect(await leader!.service.stop(GRACE_MS + 10_000)).toBe('code 0');
    expect(performance.now() - askedAt).toBeLessThan(GRACE_MS);
    await waitFor(async () => (await leading()).includes(standby!), { what: 'the other to lead', timeoutMs: 20_000 });
    await jobs.create('after');
    await jobs.untilPhase('after', 'Pending');
  }, SETUP_TIMEOUT_MS);

  it('was denied nothing that it asked for, and nothing it needs was in a place to write', () => {
    const complaints = pods.flatMap((pod) => logOf(pod)).filter(({ level }) => level !== 'info');
    expect(complaints).toEqual([]);
  });
});

asRoot('the same installation, removed by the steps of docs/install.md', () => {
  it('leaves nothing but the rows, and the namespace for its controller to finish', async () => {
    await site.kubectl('delete', 'wpjobs', '--all', '--all-namespaces', '--timeout=60s');
    await site.kubectl('delete', '-k', `${MANIFESTS}../crds`, '--timeout=60s');
    // Nobody here takes the finalizer off a namespace.
    await site.kubectl('delete', '-k', site.overlay, '--ignore-not-found', '--wait=false');
    const left = await site.kubectl('get', '-k', site.overlay, '--ignore-not-found', '-o', 'name');
    expect(left.trim().split('\n')).toEqual(['namespace/jobs-operator']);
    expect(await site.rows.count()).toBeGreaterThan(0);
  }, SETUP_TIMEOUT_MS);
});

async function leading(): Promise<readonly OperatorProcess[]> {
  const found = await Promise.all(
    pods.map(async (pod) => (pod.service.running && (await new Metrics(pod.url).sum('leader_election_master_status')) === 1 ? [pod] : [])),
  );
  return found.flat();
}
