import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import type { Expressions } from '../support/rows.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const stack = useStack();

const OLD: Expressions = { created_at: 'NOW() - INTERVAL 3 DAY', updated_at: 'NOW() - INTERVAL 2 DAY' };
const expired = (ago: string): Expressions => ({ ...OLD, ttl_expires_at: `NOW() - INTERVAL ${ago}` });

/** Rows of other producers: no resource has ever known them. */
const ROWS: readonly { readonly what: string; readonly columns: Expressions; readonly withoutGrace: 'goes' | 'stays'; readonly withGrace: 'goes' | 'stays' }[] = [
  { what: 'completed, expired a day ago', columns: { ...expired('1 DAY'), status: "'completed'" }, withoutGrace: 'goes', withGrace: 'goes' },
  { what: 'failed, expired a day ago', columns: { ...expired('1 DAY'), status: "'failed'" }, withoutGrace: 'goes', withGrace: 'goes' },
  { what: 'cancelled, expired a day ago', columns: { ...expired('1 DAY'), status: "'cancelled'" }, withoutGrace: 'goes', withGrace: 'goes' },
  { what: 'completed, expired a minute ago', columns: { ...expired('1 MINUTE'), status: "'completed'" }, withoutGrace: 'goes', withGrace: 'stays' },
  { what: 'completed, to expire in a day', columns: { ...expired('-1 DAY'), status: "'completed'" }, withoutGrace: 'stays', withGrace: 'stays' },
  { what: 'completed, never to expire', columns: { ...OLD, status: "'completed'" }, withoutGrace: 'stays', withGrace: 'stays' },
  { what: 'pending, expired a day ago', columns: { ...expired('1 DAY'), status: "'pending'" }, withoutGrace: 'stays', withGrace: 'stays' },
  { what: 'running, expired a day ago', columns: { ...expired('1 DAY'), status: "'running'" }, withoutGrace: 'stays', withGrace: 'stays' },
  { what: 'completed and expired, but younger than the sweep', columns: { ...expired('1 DAY'), created_at: 'NOW() + INTERVAL 1 HOUR', status: "'completed'" }, withoutGrace: 'stays', withGrace: 'stays' },
  { what: 'completed and expired, without a creation time', columns: { ...expired('1 DAY'), created_at: 'NULL', status: "'completed'" }, withoutGrace: 'goes', withGrace: 'goes' },
];

describe.each([
  { grace: 'no grace', env: {}, outcome: 'withoutGrace' },
  // What an operator of some namespaces has by default: another one may know the row.
  { grace: 'an hour of grace', env: { TTL_SWEEP_FOREIGN_GRACE_SECONDS: '' }, outcome: 'withGrace' },
] as const)("other producers' rows, with $grace", ({ env, outcome }) => {
  let scene: Scene;
  const ids = new Map<string, string>();
  let before: Map<string, unknown>;

  beforeAll(async () => {
    scene = await openScene(stack, { env });
    for (const { what, columns } of ROWS) ids.set(what, await scene.rows.insert(columns));
    before = new Map((await scene.rows.all()).map((row) => [row.job_id, row]));
    const going = ROWS.filter((row) => row[outcome] === 'goes').length;
    const swept = (): Promise<boolean> => scene.metrics.sum('jobs_operator_ttl_deleted_total').then((count) => count >= going);
    await waitFor(swept, { what: 'the sweep', timeoutMs: 20_000 });
    // And a whole run later: what would go has gone.
    const runs = (): Promise<number> => scene.metrics.sum('jobs_operator_ttl_last_run_timestamp_seconds');
    const last = await runs();
    await waitFor(async () => (await runs()) > last, { what: 'another sweep', timeoutMs: 20_000 });
  }, SETUP_TIMEOUT_MS);

  it.each(ROWS.map((row) => ({ what: row.what, outcome: row[outcome] })))('$what: $outcome', async (row) => {
    const found = await scene.rows.find(ids.get(row.what) ?? '');
    expect(found === undefined ? 'goes' : 'stays').toBe(row.outcome);
  });

  it('are otherwise untouched, to the last column', async () => {
    const after = await scene.rows.all();
    expect(after).toEqual(after.map((row) => before.get(row.job_id)));
  });

  it('that are left are counted by reason', async () => {
    const samples = await scene.metrics.scrape();
    expect(samples.sum('jobs_operator_ttl_skipped', { reason: 'unfinished' })).toBe(2);
    expect(samples.sum('jobs_operator_ttl_skipped', { reason: 'not_shown' })).toBe(1);
    expect(samples.sum('jobs_operator_ttl_skipped', { reason: 'foreign_grace' })).toBe(outcome === 'withGrace' ? 1 : 0);
  });
});
