import { beforeAll, describe, expect, it } from '@jest/globals';
import { canonicalJson } from '../../../src/json/canonical.ts';
import { traitsOf } from '../../support/engine-traits.ts';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { jobsTable, newRow } from './jobs-table.ts';
import type { JobsTable } from './jobs-table.ts';

const stack = useStack();

const { jsonLevels: LEVELS, tooDeep } = traitsOf(stack.mysql);

function nested(levels: number): string {
  return `${'['.repeat(levels)}1${']'.repeat(levels)}`;
}

function text(bytes: number): string {
  return JSON.stringify('x'.repeat(bytes));
}

describe('inserting rows', () => {
  let table: JobsTable;
  let now: number;

  beforeAll(async () => {
    table = await jobsTable(stack);
    now = await table.now();
  }, SETUP_TIMEOUT_MS);

  it('writes a pending row with the progress 0, and what the table sets by itself', async () => {
    await table.rows.insert(newRow('plain', now, { type: 'restore', payload: '{"site": "a"}' }));
    expect(await table.row('plain')).toMatchObject({ type: 'restore', status: 'pending', progress: 0, request_payload: '{"site": "a"}', result: null, error: null, completed_at: null, ttl_expires_at: null });
    const { row } = await table.rows.read('plain');
    expect(row?.createdAt).toBeGreaterThanOrEqual(Math.floor(now));
  });

  it.each([
    ['integers beyond 2^53', '{"a": 9007199254740993, "b": -9223372036854775808, "c": 18446744073709551615}'],
    ['emoji and other planes', '{"emoji 😀": "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 \\u0000"}'],
    ['quotes, backslashes and what looks like SQL', String.raw`{"a.b": "it's \"quoted\" \\ ? ?? :x ') -- "}`],
    ['a scalar', '17'],
    ['as many levels as the server reads', nested(LEVELS)],
  ])('keeps %s in a payload as they are', async (name, payload) => {
    await table.rows.insert(newRow(`payload ${name}`.slice(0, 36), now, { payload }));
    const stored = await table.row(`payload ${name}`.slice(0, 36));
    expect(canonicalJson(String(stored?.['request_payload']))).toBe(canonicalJson(payload));
  });

  it('takes a payload of 1.4 MB', async () => {
    await table.rows.insert(newRow('large', now, { payload: JSON.stringify({ text: `'"\\ü😀`.repeat(130_000) }) }));
    expect((await table.rows.read('large')).row?.status).toBe('pending');
  });

  it('keeps the first of two rows with one id, and gives no sign', async () => {
    await table.rows.insert(newRow('twice', now, { payload: '{"n": 1}' }));
    await Promise.all([table.rows.insert(newRow('twice', now, { payload: '{"n": 2}', type: 'delete' })), table.rows.insert(newRow('twice', now, { status: 'cancelled' }))]);
    expect(await table.row('twice')).toMatchObject({ request_payload: '{"n": 1}', type: 'clone', status: 'pending' });
  });

  it('changes nothing of a row whose id is taken, not even its updated_at', async () => {
    await table.worker.query("INSERT INTO jobs (job_id, type, status, progress, request_payload, updated_at) VALUES ('old', 'clone', 'running', 40, '{}', '2026-01-02 03:04:05')");
    const before = await table.row('old');
    await table.rows.insert(newRow('old', now));
    expect(await table.row('old')).toEqual(before);
  });

  it('writes nothing after the deadline, for each row its own', async () => {
    const ids = ['late', 'in-time'];
    await Promise.all([table.rows.insert(newRow('late', now, { deadline: now - 0.001 })), table.rows.insert(newRow('in-time', now))]);
    const read = await Promise.all(ids.map((jobId) => table.rows.read(jobId)));
    expect(read.map(({ row }) => row?.jobId)).toEqual([undefined, 'in-time']);
  });

  it('can take an id as cancelled, with an expiry from now', async () => {
    await table.rows.insert(newRow('taken', now, { status: 'cancelled', ttlSeconds: 3600 }));
    const row = await table.row('taken');
    expect(row).toMatchObject({ status: 'cancelled', completed_unix: row?.['created_unix'] });
    expect(Number(row?.['ttl_unix']) - Number(row?.['completed_unix'])).toBe(3600);
    await table.rows.insert(newRow('taken-for-ever', now, { status: 'cancelled' }));
    expect(await table.row('taken-for-ever')).toMatchObject({ ttl_expires_at: null });
    await table.rows.insert(newRow('taken-for-long', now, { status: 'cancelled', ttlSeconds: 3_153_600_000 }));
    expect(await table.row('taken-for-long')).toMatchObject({ ttl_unix: 2_147_483_647 });
  });

  it('refuses a payload that is nested too deep, alone among two hundred', async () => {
    const ids = Array.from({ length: 200 }, (_, index) => `batch-${index}`);
    const outcomes = await Promise.allSettled(ids.map((jobId, index) => table.rows.insert(newRow(jobId, now, { payload: index === 77 ? nested(LEVELS + 1) : '{}' }))));
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    expect(outcomes[77]).toMatchObject({ reason: { code: 'ROW_REFUSED', message: expect.stringContaining(tooDeep) } });
    const [found] = await table.worker.query("SELECT COUNT(*) AS n FROM jobs WHERE job_id LIKE 'batch-%'");
    expect(found).toMatchObject([{ n: 199 }]);
  });

  it('carries two thousand concurrent inserts in few statements', async () => {
    const before = await statements(table);
    await Promise.all(Array.from({ length: 2_000 }, (_, index) => table.rows.insert(newRow(`bulk-${index}`, now))));
    expect((await statements(table)) - before).toBeLessThanOrEqual(20);
  });
});

describe('a server with a small max_allowed_packet', () => {
  it('refuses a larger payload before it is sent, with both figures, and splits a batch that is too large together', async () => {
    const server = await stack.ownMysqlServer({ flags: ['--max-allowed-packet=1M'] });
    const table = await jobsTable(stack, server);
    const now = await table.now();
    const outcomes = await Promise.allSettled([
      table.rows.insert(newRow('too-large', now, { payload: text(1_200_000) })),
      ...[1, 2, 3, 4].map((n) => table.rows.insert(newRow(`half-${n}`, now, { payload: text(500_000) }))),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled', 'fulfilled', 'fulfilled']);
    expect(outcomes[0]).toMatchObject({ reason: { code: 'ROW_REFUSED', message: expect.stringMatching(/12\d{5} bytes.*max_allowed_packet is 1048576/) } });
    expect((await table.rows.read('half-4')).row?.status).toBe('pending');
  }, SETUP_TIMEOUT_MS);
});

async function statements(table: JobsTable): Promise<number> {
  const [found] = await table.worker.query("SHOW GLOBAL STATUS LIKE 'Com_insert_select'");
  return Number((found as { Value: string }[])[0]?.Value);
}
