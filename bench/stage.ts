/** What the benchmark plays on: an API server and a MySQL of its own, and those who look. */

import { CREATE_JOBS_TABLE } from '../src/database/jobs-table.ts';
import type { CleanUps } from '../dev/clean-ups.ts';
import { createDatabase } from '../dev/database.ts';
import type { Database } from '../dev/database.ts';
import type { Progress } from '../dev/progress.ts';
import { grantScript } from '../dev/grants.ts';
import { startStack } from '../dev/stack.ts';
import type { Stack } from '../dev/stack.ts';
import { installFinalizerPolicy } from './finalizer-policy.ts';
import { Floor } from './floor.ts';
import { DOUBLE, installKinds, JOB } from './job-kind.ts';
import { JobWatch } from './job-watch.ts';
import { LeanClient } from './lean-client.ts';
import type { BenchSettings } from './settings.ts';

type StageSettings = Pick<BenchSettings, 'floorJobs' | 'finalizerPolicy'>;

export interface Stage {
  readonly stack: Stack;
  readonly client: LeanClient;
  /** Of the Jobs; there are none at first. */
  readonly watch: JobWatch;
  readonly floor: Floor;
  /** A new one, with an empty jobs table. */
  database(): Promise<Database>;
}

/** @throws SetupError when a part cannot be had */
export async function openStage({ floorJobs, finalizerPolicy }: StageSettings, progress: Progress, cleanUps: CleanUps): Promise<Stage> {
  progress.say('Bringing up an API server and a MySQL server …');
  const stack = await startStack(progress, 'bench');
  cleanUps.defer(() => stack.stop());
  const { api, controlPlane, folder } = stack;
  await installKinds(api, folder.path);
  if (finalizerPolicy) await installFinalizerPolicy(api);
  const client = new LeanClient(controlPlane.credentials);
  cleanUps.defer(() => client.close());
  const watches = await Promise.all([JOB, DOUBLE].map(({ path }) => JobWatch.open(api, controlPlane.credentials, path)));
  for (const each of watches) cleanUps.defer(() => each.close());
  const [watch, doubles] = watches as [JobWatch, JobWatch];
  return {
    stack,
    client,
    watch,
    floor: await Floor.prepare(client, doubles, floorJobs),
    async database() {
      const database = await createDatabase(stack.mysql);
      const connection = await database.connect();
      await connection.query(CREATE_JOBS_TABLE);
      await connection.end();
      // Whoever wants to follow the server's log may; nobody else is the slower for it.
      const admin = await database.connectAsAdmin();
      await admin.query(grantScript('binlog', stack.mysql, { database: database.name, user: database.user, password: '' }));
      await admin.end();
      return database;
    },
  };
}
