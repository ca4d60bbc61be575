/**
 * An operator under test, and a witness beside it who is told everything that users ask for and sees every version of every Job and every
 * change of every row. What it saw is judged by the rules of the soak: contract, sections 2 to 5.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { AskedFor } from '../../../../dev/soak/asked.ts';
import type { Asked, DeletionPolicy } from '../../../../dev/soak/asked.ts';
import { History } from '../../../../dev/soak/history.ts';
import type { Life } from '../../../../dev/soak/history.ts';
import { OPERATOR, WORKERS } from '../../../../dev/soak/logins.ts';
import { judgeRows } from '../../../../dev/soak/row-rules.ts';
import { judgeShown } from '../../../../dev/soak/shown-rules.ts';
import { readDiary } from '../../../../dev/row-diary.ts';
import type { DiaryEntry } from '../../../../dev/row-diary.ts';
import { untilAllAgree } from '../../../e2e/support/agreement.ts';
import type { Job } from '../../../e2e/support/jobs.ts';
import { Rows } from '../../../e2e/support/rows.ts';
import { openScene } from '../../../e2e/support/scene.ts';
import type { Scene, SceneOptions } from '../../../e2e/support/scene.ts';
import { createAuditedTable } from '../../../e2e/support/audit-trail.ts';
import { KEYED_ENV } from '../../../e2e/support/keyed-scene.ts';
import type { TestStack } from '../../../support/stack.ts';
import { ApiView } from './api-view.ts';

/** Many looks of the feed and some sweeps. Not a wait for something: the test is that it does not come. */
const QUIET_MS = 1_500;

export interface WitnessedScene extends Scene {
  /** The operator's way to the API server; nobody else's. */
  readonly view: ApiView;
  /** The table as workers have it: under another login than the operator's, so that the diary tells them apart. */
  readonly rows: Rows;
  /** Creates a Job that asks for a piece of work of its own; the same piece where it has the same key. */
  readonly create: (name: string, spec?: object, metadata?: object) => Promise<Job>;
  cancel(name: string): Promise<Job>;
  delete(name: string): Promise<void>;
  /** Deletes the Job, and takes off every finalizer, the operator's as well: it is gone at once, and the operator has no say. */
  tearOut(name: string): Promise<void>;
  /** As `kubectl replace --subresource=status`. */
  replaceStatus(name: string, status: object): Promise<void>;
  /** The operator sees nothing of what this does to Jobs, neither now nor later: then its watches are broken off, and a list tells it what there is in the end. */
  unobserved(work: () => Promise<void>): Promise<void>;
  /** The operator is stopped (SIGSTOP) meanwhile: it sees what came of the rows, not how. */
  asleep(work: () => Promise<void>): Promise<void>;
  /** Waits until the operator has seen everything that happened to Jobs up to now: it accepts one that comes last. @param metadata of that one */
  untilCaughtUp(metadata?: object): Promise<void>;
  /** What the diary has of this row so far: "insert pending", "update completed", … */
  changesOf(jobId: string): Promise<readonly string[]>;
  /** INSERTs of the operator, by job id. */
  insertedByOperator(): Promise<readonly string[]>;
  /** Waits until every Job says what its row says; those named have none any more, by the scene's plan. */
  untilAgreed(without?: readonly string[]): Promise<void>;
  /** What broke a rule so far, a sentence each. */
  violations(): Promise<readonly string[]>;
  /** Everything that was written in a quiet time, to resources and rows. */
  writesInSilence(): Promise<readonly string[]>;
}

/** Of a spec, what the rules know of. */
interface Wishes {
  readonly idempotencyKey?: string;
  readonly deletionPolicy?: DeletionPolicy;
  readonly ttlPolicy?: 'Row' | 'RowAndResource';
  readonly cancel?: boolean;
  readonly requestPayload?: object;
}

export async function openWitnessedScene(stack: TestStack, options: SceneOptions = {}): Promise<WitnessedScene> {
  const [namespace, database, view] = await Promise.all([options.namespace ?? stack.namespace(), stack.database(options.server), ApiView.open(stack.credentials)]);
  stack.defer(() => view.close());
  await createAuditedTable(database);
  const asked = new AskedFor();
  const history = watchHistory(stack, new History(stack.credentials, namespace.jobsPath));
  const rows = new Rows(await database.connectAsAdmin(Rows.EXACT));
  stack.defer(() => rows.close());
  const cluster = { api: stack.api, kubeconfig: await stack.kubeconfigFor(view.credentials) };
  const scene = await openScene(stack, { ...options, namespace, database, cluster, env: { ...KEYED_ENV, ...options.env } });
  const { jobs } = scene;

  const current = new Map<string, Asked>();
  const byHand = new Set<string>();
  let pieces = 0;
  let looks = 0;
  const path = (name: string): string => `${namespace.jobsPath}/${name}`;
  const note = (name: string): Asked => {
    const found = current.get(name);
    if (found === undefined) throw new Error(`nobody has created ${name}`);
    return found;
  };

  const create: WitnessedScene['create'] = async (name, spec = {}, metadata = {}) => {
    pieces += 1;
    const { idempotencyKey: key, deletionPolicy = 'Cancel', ttlPolicy = 'Row', cancel, requestPayload } = spec as Wishes;
    const token = key ?? `${name}-${pieces}`;
    const entry = asked.add({ name, token, key, deletionPolicy, ttlPolicy, uid: undefined, cancelledAt: cancel === true ? Date.now() : undefined, deletedAt: undefined });
    current.set(name, entry);
    const job = await jobs.create(name, { ...spec, requestPayload: { token, variant: 0, ...requestPayload } }, metadata);
    entry.uid = job.metadata.uid;
    return job;
  };

  async function diary(): Promise<readonly DiaryEntry[]> {
    const admin = await database.connectAsAdmin();
    try {
      return (await readDiary(admin)).map((entry) => ({ ...entry, who: entry.who === database.user ? OPERATOR : WORKERS }));
    } finally {
      await admin.end();
    }
  }

  async function versions(): Promise<readonly string[]> {
    const resources = (await jobs.list()).map(({ metadata }) => `${metadata.name} ${metadata.resourceVersion}`);
    return [...resources, ...(await diary()).map(({ seq, what, jobId }) => `${seq} ${what} ${jobId}`)];
  }

  return {
    ...scene,
    view,
    rows,
    create,
    cancel(name) {
      note(name).cancelledAt = Date.now();
      return jobs.patch(name, { spec: { cancel: true } });
    },
    async delete(name) {
      note(name).deletedAt = Date.now();
      await jobs.delete(name);
    },
    async tearOut(name) {
      note(name).deletedAt = Date.now();
      await jobs.patch(name, { metadata: { finalizers: null } });
      await jobs.delete(name);
      await jobs.untilGone(name);
    },
    async replaceStatus(name, status) {
      const { apiVersion, kind, metadata, spec } = await stack.api.get<Job & { apiVersion: string; kind: string }>(path(name));
      const { resourceVersion } = (await stack.api.put<Job>(`${path(name)}/status`, { apiVersion, kind, metadata, spec, status })).metadata;
      byHand.add(resourceVersion);
    },
    async unobserved(work) {
      view.hold();
      await work();
      view.lose();
    },
    async asleep(work) {
      await scene.operator.service.kill('SIGSTOP');
      await work();
      await scene.operator.service.kill('SIGCONT');
    },
    async untilCaughtUp(metadata = {}) {
      looks += 1;
      const name = `last-${looks}`;
      await create(name, { deletionPolicy: 'Retain' }, metadata);
      await jobs.untilPhase(name, 'Pending');
    },
    async changesOf(jobId) {
      return (await diary()).filter((entry) => entry.jobId === jobId).map(({ what, before, after }) => `${what} ${(after ?? before)?.status}`);
    },
    async insertedByOperator() {
      return (await diary()).filter(({ what, who }) => what === 'insert' && who === OPERATOR).map(({ jobId }) => jobId);
    },
    async untilAgreed(without = []) {
      const present = { list: async () => (await jobs.list()).filter(({ metadata }) => !without.includes(metadata.name)) };
      await untilAllAgree(present, rows);
    },
    async violations() {
      const evidence = { asked, diary: await diary(), lives: withoutHands(history.lives, byHand), gaps: history.gaps };
      const names = new Map(asked.all.map(({ uid, name }) => [uid, name]));
      return [...judgeRows(evidence), ...judgeShown(evidence)].map(({ kind, jobId, uid, what }) => `${kind}: ${names.get(uid ?? jobId) ?? jobId}: ${what}`);
    },
    async writesInSilence() {
      const before = new Set(await versions());
      await sleep(QUIET_MS);
      return (await versions()).filter((version) => !before.has(version));
    },
  };
}

function watchHistory(stack: TestStack, history: History): History {
  const over = new AbortController();
  const watching = history.run(over.signal);
  stack.defer(async () => {
    over.abort();
    await watching;
  });
  return history;
}

/** What somebody wrote into a status by hand is not what the operator has shown. */
function withoutHands(lives: ReadonlyMap<string, Life>, byHand: ReadonlySet<string>): ReadonlyMap<string, Life> {
  return new Map([...lives].map(([uid, life]) => [uid, { ...life, versions: life.versions.filter(({ job }) => !byHand.has(job.metadata.resourceVersion)) }]));
}
