/** Act: the time to live of two rows passes. */

import { CAST } from './cast.ts';
import { conditionOf, listJobs } from './job-resource.ts';
import type { JobRow } from './job-rows.ts';
import type { Removal } from './row-watch.ts';
import { until, uidOf } from './scene.ts';
import type { Scene } from './scene.ts';
import { sideBySide } from './side-by-side.ts';

/** No row is removed younger than this (seconds), so that an INSERT that slept finds its id taken. */
const MIN_AGE_SECONDS = 20;

export async function showExpiry(scene: Scene): Promise<void> {
  const { screen, cluster, watch, verdict } = scene;
  const [stays, goes] = [CAST.expiring, CAST.expiringWhole];
  screen.heading('7  The time to live passes: rows are swept, outcomes stay');
  const patch = '{"spec":{"ttlSecondsAfterFinished":1}}';
  screen.say(`  ${stays} has ttlSecondsAfterFinished: 5 and ttlPolicy: Row, the default.`);
  screen.say(`  ${goes} has ttlPolicy: RowAndResource and a day, which becomes a second:`);
  screen.command(`kubectl patch wpjob ${goes} --type=merge -p '${patch}'`, await cluster.kubectl(['patch', 'wpjob', goes, '--type=merge', '-p', patch]));
  if (!screen.isTerminal) screen.say(`  Waiting for the sweep (no row is removed before it is ${MIN_AGE_SECONDS} s old) …`);

  await awaitRemovals(scene, [stays, goes]);
  await until(scene, `${stays} to say Expired, and ${goes} to be gone`, () => conditionOf(watch.jobs.get(stays), 'Synced')?.reason === 'Expired' && !watch.jobs.has(goes));
  const jobs = await listJobs(cluster.api, cluster.namespace);
  for (const line of sideBySide([stays, goes].map((name) => ({ name, job: jobs.get(name), row: undefined })), screen)) screen.say(line);

  verdict.checkNone(
    `two rows were swept, none before its ttl_expires_at or younger than ${MIN_AGE_SECONDS} s`,
    [stays, goes].flatMap((name) => {
      const removal = scene.rowWatch.removal(uidOf(scene, name));
      return removal !== undefined && removal.goneAt >= removableAt(removal.row) ? [] : [`${name}: ${description(removal)}`];
    }),
  );
  const left = jobs.get(stays);
  verdict.check(
    'ttlPolicy Row: the resource outlives its row, with the outcome, as Expired',
    left?.status.phase === 'Completed' && left.status.result !== undefined && conditionOf(left, 'Synced')?.status === 'False',
    `phase ${left?.status.phase}, Synced ${conditionOf(left, 'Synced')?.status}`,
  );
  verdict.check('ttlPolicy RowAndResource: the resource went after its row', !jobs.has(goes), 'it is still there');
}

async function awaitRemovals(scene: Scene, names: readonly string[]): Promise<void> {
  const { screen, rowWatch } = scene;
  const uids = names.map((name) => uidOf(scene, name));
  try {
    await until(
      scene,
      `the rows of ${names.join(' and ')} to be swept`,
      () => {
        const { rows, now } = rowWatch.last;
        screen.redraw(names.map((name) => countdown(name, rows.get(uidOf(scene, name)), now)));
        return uids.every((uid) => rowWatch.removal(uid) !== undefined);
      },
      60_000,
    );
  } finally {
    screen.settle('wipe');
  }
}

/** Seconds since 1970, by the database's clock. */
function removableAt({ expiresAt, createdAt }: JobRow): number {
  return Math.max(expiresAt ?? Infinity, createdAt + MIN_AGE_SECONDS);
}

function description(removal: Removal | undefined): string {
  return removal === undefined ? 'still there' : `ttl_expires_at ${removal.row.expiresAt}, created_at ${removal.row.createdAt}, gone at ${removal.goneAt}`;
}

function countdown(name: string, row: JobRow | undefined, now: number): string {
  if (row === undefined) return `  ${name.padEnd(16)} row removed`;
  const seconds = Math.max(0, Math.ceil(removableAt(row) - now));
  const why = row.createdAt + MIN_AGE_SECONDS > (row.expiresAt ?? Infinity) ? `${MIN_AGE_SECONDS} s old: no row goes younger` : 'past its ttl_expires_at';
  return `  ${name.padEnd(16)} row: ${Number.isFinite(seconds) ? `${seconds} s until it is ${why}` : 'no ttl_expires_at yet'}`;
}
