import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { RowDataPacket } from 'mysql2';
import { openDatabase } from '../../../src/database/database.ts';
import { createExpiredRows } from '../../../src/database/expired-rows.ts';
import { STATEMENT_NAMES } from '../../../src/database/statement-names.ts';
import { digest } from '../../../src/json/canonical.ts';
import { RESULT_LIMIT_BYTES } from '../../../src/job/row.ts';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { jobsTable } from './jobs-table.ts';
import { keyedId, keyedTable, rowsOn } from './keyed-table.ts';
import type { KeyedTable } from './keyed-table.ts';

const stack = useStack();
const jobId = keyedId('one');

describe('removing a row that had a key', () => {
  let table: KeyedTable;

  beforeAll(async () => {
    table = await keyedTable(stack);
  }, SETUP_TIMEOUT_MS);

  beforeEach(async () => {
    await table.worker.query('DELETE FROM jobs');
    await table.worker.query('DELETE FROM jobs_tombstones');
  });

  const ways: readonly [name: string, remove: () => Promise<unknown>][] = [
    ["on the user's word", () => table.rows.remove(jobId)],
    ['as one that its resource shows', () => table.expired.removeShown([jobId], () => true)],
    ['as one that no resource has', () => table.expired.removeForeign([jobId], 0)],
  ];

  it.each(ways)('leaves its outcome behind: %s', async (_, remove) => {
    await table.put(jobId, { type: 'restore', status: 'failed', request_payload: '{"b": 2, "a": 1.0}', error: 'no space left', result: '{"n": 9007199254740993}' });
    const row = await table.row(jobId);
    await remove();
    expect(await table.countRows(jobId)).toBe(0);
    const tombstone = await table.tombstone(jobId);
    expect(tombstone).toMatchObject({ type: 'restore', status: 'failed', payload_digest: digest('{"a":1,"b":2}'), error: 'no space left', result: '{"n": 9007199254740993}' });
    for (const time of ['created_unix', 'completed_unix', 'ttl_unix']) expect(Number(tombstone?.[time])).toBe(row?.[time]);
    expect(Math.abs(Number(tombstone?.['removed_unix']) - (await table.now()))).toBeLessThan(10);
  });

  it('shows in the tombstone what the row showed', async () => {
    await table.put(jobId, { result: '{"id": 18446744073709551615, "x": [1.0, 1e3, null, "😀"]}', error: 'é'.repeat(5_000) });
    const before = (await table.rows.readKeyed(jobId)).row;
    await table.rows.remove(jobId);
    const { tombstone } = await table.rows.readKeyed(jobId);
    const { type, status, result, resultBytes, error, createdAt, completedAt, ttlExpiresAt } = before ?? {};
    expect(tombstone).toEqual({ jobId, payloadDigest: digest('{}'), type, status, result, resultBytes, error, createdAt, completedAt, ttlExpiresAt });
    expect(result).toContain('18446744073709551615');
  });

  it('keeps a result of 5 MB whole, and leaves it in the database when it is read', async () => {
    await table.put(jobId, { result: JSON.stringify('x'.repeat(5 * 1024 * 1024)) });
    await table.rows.remove(jobId);
    expect((await table.rows.readKeyed(jobId)).tombstone).toMatchObject({ result: null, resultBytes: 5 * 1024 * 1024 + 2 });
    expect(String((await table.tombstone(jobId))?.['result'])).toHaveLength(5 * 1024 * 1024 + 2);
  });

  it('cuts the result at the same byte as a row does', async () => {
    const results = [RESULT_LIMIT_BYTES, RESULT_LIMIT_BYTES + 1].map((bytes) => JSON.stringify('x'.repeat(bytes - 2)));
    for (const result of results) {
      const id = keyedId(String(result.length));
      await table.put(id, { result });
      await table.rows.remove(id);
      expect((await table.rows.readKeyed(id)).tombstone).toMatchObject({ resultBytes: result.length, result: result.length > RESULT_LIMIT_BYTES ? null : result });
    }
  });

  it('tells no result from a result of null', async () => {
    for (const [name, result] of [['sql', null], ['json', 'null']] as const) {
      await table.put(keyedId(name), { result });
      await table.rows.remove(keyedId(name));
      expect((await table.rows.readKeyed(keyedId(name))).tombstone).toMatchObject({ result, resultBytes: result?.length ?? 0 });
    }
  });

  it.each(['pending', 'running'])('has called off what was %s', async (status) => {
    await table.put(jobId, { status, completed_at: null, ttl_expires_at: null });
    await table.rows.remove(jobId);
    const tombstone = await table.tombstone(jobId);
    expect(tombstone).toMatchObject({ status: 'cancelled', ttl_expires_at: null });
    expect(Math.abs(Number(tombstone?.['completed_unix']) - (await table.now()))).toBeLessThan(10);
  });

  it('lets the newer outcome count when the id had a tombstone', async () => {
    await table.put(jobId, { status: 'failed', error: 'first', request_payload: '{"n": 1}' });
    await table.rows.remove(jobId);
    await table.worker.query('UPDATE jobs_tombstones SET removed_at = removed_at - INTERVAL 10 DAY');
    await table.put(jobId, { type: 'delete', result: '"second"', request_payload: '{"n": 2}' });
    await table.rows.remove(jobId);
    const tombstone = await table.tombstone(jobId);
    expect(tombstone).toMatchObject({ type: 'delete', status: 'completed', error: null, result: '"second"', payload_digest: digest('{"n":2}') });
    expect(Number(tombstone?.['removed_unix'])).toBeGreaterThan((await table.now()) - 60);
  });

  it('is guarded as any other: what has not finished, not expired, or is young stays, and has no tombstone', async () => {
    const guarded: readonly [string, Readonly<Record<string, unknown>>][] = [
      ['running', { status: 'running' }],
      ['no TTL', { ttl_expires_at: null }],
      ['later', { ttl_expires_at: '2037-01-01 00:00:00' }],
    ];
    for (const [name, columns] of guarded) await table.put(keyedId(name), columns);
    await table.put(keyedId('young'));
    await table.worker.query('UPDATE jobs SET created_at = NOW() WHERE job_id = ?', [keyedId('young')]);
    const ids = [...guarded.map(([name]) => keyedId(name)), keyedId('young')];
    await expect(table.expired.removeForeign(ids, 0)).resolves.toBe(0);
    await expect(table.expired.removeShown(ids, () => true)).resolves.toEqual([]);
    await table.rows.remove(keyedId('young'));
    for (const id of ids) expect([await table.countRows(id), await table.tombstone(id)]).toEqual([1, undefined]);
  });

  it('keeps to what `isShown` says of each', async () => {
    const [shown, other] = [keyedId('shown'), keyedId('other')];
    await table.put(shown, { result: '1' });
    await table.put(other, { result: '2' });
    await expect(table.expired.removeShown([shown, other], (row) => row.result === '1')).resolves.toEqual([shown]);
    expect([await table.countRows(other), await table.tombstone(other)]).toEqual([1, undefined]);
  });

  it('leaves the rows of resources without a key no tombstone', async () => {
    const uid = '74738ff5-5367-4958-9aee-98fffdcd1876';
    for (const id of [uid, 'nightly']) {
      await table.put(id);
      await table.rows.remove(id);
      await table.put(id);
      await expect(table.expired.removeShown([id, jobId], () => true)).resolves.toEqual([id]);
      await table.put(id);
      await expect(table.expired.removeForeign([id, jobId], 0)).resolves.toBe(1);
    }
    const [found] = await table.worker.query('SELECT COUNT(*) AS n FROM jobs_tombstones');
    expect(found).toMatchObject([{ n: 0 }]);
  });

  it('does hundreds of both kinds, and counts them right', async () => {
    const ids = Array.from({ length: 120 }, (_, index) => (index % 3 === 0 ? `plain-${index}` : keyedId(`many ${index}`)));
    for (const id of ids) await table.put(id);
    await expect(table.expired.removeForeign(ids.slice(0, 60), 0)).resolves.toBe(60);
    expect((await table.expired.removeShown(ids.slice(60), () => true)).toSorted()).toEqual(ids.slice(60).toSorted());
    const [found] = await table.worker.query('SELECT (SELECT COUNT(*) FROM jobs) AS n, COUNT(*) AS tombstones FROM jobs_tombstones');
    expect(found).toMatchObject([{ n: 0, tombstones: 80 }]);
  });

  it('of two operators at once leaves one tombstone, and tells one of them', async () => {
    const ids = Array.from({ length: 30 }, (_, index) => keyedId(`both ${index}`));
    for (const id of ids) await table.put(id);
    const second = createExpiredRows(table.database);
    const [first, other, foreign] = await Promise.all([table.expired.removeShown(ids, () => true), second.removeShown(ids.toReversed(), () => true), second.removeForeign(ids, 0), ...ids.map((id) => rowsOn(table.database).remove(id))]);
    expect(new Set([...first, ...other]).size).toBe(first.length + other.length);
    expect(first.length + other.length + foreign).toBeLessThanOrEqual(30);
    const [found] = await table.worker.query('SELECT (SELECT COUNT(*) FROM jobs) AS n, COUNT(*) AS tombstones FROM jobs_tombstones');
    expect(found).toMatchObject([{ n: 0, tombstones: 30 }]);
  });

  it('sends no statement that is not counted from the start', async () => {
    const names = new Set<string>();
    const database = openDatabase(table.settings, { statement: (name) => void names.add(name) });
    try {
      const [rows, expired] = [rowsOn(database), createExpiredRows(database)];
      await table.put(jobId);
      await rows.remove(jobId);
      await rows.readKeyed(jobId);
      await table.put(jobId);
      await expired.removeShown([jobId], () => true);
      await table.worker.query('UPDATE jobs_tombstones SET removed_at = removed_at - INTERVAL 2 DAY');
      await expired.purgeTombstones(1);
    } finally {
      await database.close();
    }
    expect([...names].filter((name) => !STATEMENT_NAMES.some((known) => known === name))).toEqual([]);
    expect([...names]).toEqual(expect.arrayContaining(['remove-lock', 'sweep-lock', 'write-tombstones', 'read-keyed', 'read-tombstones', 'due-tombstones', 'purge-tombstones']));
  });
});

describe("an adopted table's rows with ids of version 5", () => {
  it('go even where nobody could make a tombstone of them, and take no other along', async () => {
    const table = await keyedTable(stack);
    await table.worker.query(
      "ALTER TABLE jobs MODIFY type ENUM('clone', 'restore', 'delete', 'migrate') NOT NULL, MODIFY status VARCHAR(20) NOT NULL DEFAULT 'pending', MODIFY request_payload LONGTEXT NOT NULL, MODIFY result LONGTEXT NULL, MODIFY error MEDIUMTEXT NULL, MODIFY completed_at TIMESTAMP(3) NULL",
    );
    await table.put(keyedId('type'), { type: 'migrate' });
    await table.put(keyedId('status'), { status: 'paused' });
    await table.put(keyedId('payload'), { request_payload: 'site=a' });
    await table.put(keyedId('result'), { result: 'not JSON', error: 'x'.repeat(100_000), completed_at: '2026-01-02 03:04:05.678' });
    const ids = ['type', 'status', 'payload', 'result'].map((name) => keyedId(name));
    await expect(table.expired.removeForeign(ids, 0)).resolves.toBe(3);
    for (const id of ids) await table.rows.remove(id);
    const tombstones = await Promise.all(ids.map((id) => table.tombstone(id)));
    expect(tombstones[0]).toBeUndefined();
    expect(tombstones.slice(1)).toMatchObject([{ status: 'cancelled' }, { payload_digest: '' }, { result: 'not JSON', completed_at: '2026-01-02 03:04:05.678000' }]);
    expect(await Promise.all(ids.map((id) => table.countRows(id)))).toEqual([0, 0, 0, 0]);
  }, SETUP_TIMEOUT_MS);
});

describe('without the table of tombstones', () => {
  it('a row that no resource has goes as any other; one that a resource shows, or asks to remove, stays', async () => {
    const table = await jobsTable(stack);
    const expired = createExpiredRows(table.database);
    const ids = ['foreign', 'shown', 'deleted'].map((name) => keyedId(name));
    for (const id of [...ids, 'plain']) {
      await table.worker.query<RowDataPacket[]>("INSERT INTO jobs (job_id, type, status, request_payload, created_at, ttl_expires_at) VALUES (?, 'clone', 'completed', '{}', NOW() - INTERVAL 1000 SECOND, NOW() - INTERVAL 100 SECOND)", [id]);
    }
    const [foreign = '', shown = '', deleted = ''] = ids;
    await expect(expired.removeForeign([foreign], 0)).resolves.toBe(1);
    await expect(expired.removeShown([shown, 'plain'], () => true)).resolves.toEqual(['plain']);
    await expect(table.rows.remove(deleted)).rejects.toMatchObject({ code: 'DATABASE_REFUSED', status: 1146, message: expect.stringContaining('jobs_tombstones') });
    expect(await Promise.all([table.row(shown), table.row(deleted)])).toMatchObject([{ job_id: shown }, { job_id: deleted }]);
    await expect(expired.purgeTombstones(1)).resolves.toBe(0);
  }, SETUP_TIMEOUT_MS);
});
