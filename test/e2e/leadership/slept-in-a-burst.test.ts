import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import { isLeading, openLeader, openStandby, untilLeading } from '../support/candidates.ts';
import type { LedScene } from '../support/candidates.ts';
import { rowIdOf } from '../support/jobs.ts';
import { seededRandom } from '../support/random.ts';
import type { Scene } from '../support/scene.ts';

const JOBS = 40;
/** No row is removed before it is 20 s old; then come the sweep's interval and a busy machine. */
const ROWS_GONE_MS = 40_000;
/** Longer than an INSERT may be on its way after the look that it rests on. */
const AWAKE_MS = 2_000;

const stack = useStack();
const random = seededRandom();
let leader: LedScene;
let standby: Scene;

beforeAll(async () => {
  leader = await openLeader(stack);
  standby = await openStandby(stack, leader);
}, SETUP_TIMEOUT_MS);

describe('a leader that falls asleep in the middle of its work', () => {
  it(`does not go on with it after another one has brought it to its end (seed ${random.seed})`, async () => {
    const making = Promise.all(Array.from({ length: JOBS }, (_, index) => leader.jobs.create(`job-${index}`, { deletionPolicy: 'Delete', ttlSecondsAfterFinished: 0 })));
    await waitFor(async () => (await leader.rows.count()) > 0, { what: 'the first row', timeoutMs: 10_000, intervalMs: 2 });
    await sleep(random.between(0, 20));
    await leader.operator.service.kill('SIGSTOP');
    const made = await making;

    await untilLeading(standby);
    await Promise.all(made.map(({ metadata }) => leader.jobs.untilPhase(metadata.name, 'Pending')));
    const [deleted, finished] = [made.slice(0, JOBS / 2), made.slice(JOBS / 2)];
    await Promise.all(deleted.map(({ metadata }) => leader.jobs.delete(metadata.name)));
    for (const job of finished) await leader.rows.complete(rowIdOf(job));
    await waitFor(async () => (await leader.rows.count()) === 0, { what: 'all rows to be removed', timeoutMs: ROWS_GONE_MS, intervalMs: 500 });
    for (const { metadata } of finished) await leader.jobs.untilCondition(metadata.name, 'Synced', 'False', 'Expired');
    const entries = (await leader.audit.entries()).length;
    const before = await leader.jobs.list();

    await leader.operator.service.kill('SIGCONT');
    await waitFor(async () => !(await isLeading(leader)), { what: 'the sleeper to know', timeoutMs: 10_000 });
    // Nothing tells that nothing will happen: this wait is the test.
    await sleep(AWAKE_MS);
    expect((await leader.audit.entries()).slice(entries)).toEqual([]);
    // Only a row younger than 20 s is cancelled before it is removed: the takeover may have taken that long.
    const meant = new Set(deleted.map((job) => `${rowIdOf(job)} was deleted while pending`));
    expect((await leader.audit.violations()).filter((violation) => !meant.has(violation))).toEqual([]);
    expect(await leader.jobs.list()).toEqual(before);
    expect(await isLeading(standby)).toBe(true);
  }, SETUP_TIMEOUT_MS);
});
