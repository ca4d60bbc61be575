import { beforeAll, describe, expect, it } from '@jest/globals';
import { digest } from '../../../src/json/canonical.ts';
import { readKeyedRows } from '../../../src/database/statements/read-keyed-rows.ts';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { jobsTable, newRow } from './jobs-table.ts';
import { heldAfter, keyedId, keyedTable } from './keyed-table.ts';
import type { KeyedTable } from './keyed-table.ts';

const stack = useStack();

/** A generator with a seed (mulberry32), so that a failure can be had again. */
function randomBits(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

/** Doubles of every magnitude, by their bits. */
function anyNumbers(count: number): string {
  const bits = randomBits(20_261_124);
  const view = new DataView(new ArrayBuffer(8));
  const numbers: number[] = [];
  while (numbers.length < count) {
    view.setUint32(0, bits());
    view.setUint32(4, bits());
    const number = view.getFloat64(0);
    if (Number.isFinite(number)) numbers.push(number);
  }
  return `{"numbers": [${numbers.join(',')}]}`;
}

describe('reading a keyed row', () => {
  let table: KeyedTable;
  let now: number;

  beforeAll(async () => {
    table = await keyedTable(stack);
    now = await table.now();
  }, SETUP_TIMEOUT_MS);

  it('dates an absence, and says no more than it knows', async () => {
    const read = await table.rows.readKeyed(keyedId('nobody'));
    expect(read).toEqual({ row: null, now: expect.any(Number) });
    expect(read.now).toBeGreaterThanOrEqual(now);
  });

  it('gives the row as any other read does, with the digest of its payload', async () => {
    const jobId = keyedId('row');
    await table.rows.insert(newRow(jobId, now, { keyed: true, payload: '{"site": "a"}' }));
    const [read, keyed] = [await table.rows.read(jobId), await table.rows.readKeyed(jobId)];
    expect(read).not.toHaveProperty('payloadDigest');
    expect(keyed).toEqual({ row: read.row, now: expect.any(Number), payloadDigest: digest('{"site":"a"}') });
  });

  it.each([
    ['keys in another order', '{"bb":1,"a":{"z":1,"y":[{"d":1,"c":2}]},"":0}'],
    ['floats that are whole', '{"a":1.0,"b":-0.0,"c":100.00,"d":-0}'],
    ['exponents', '{"a":1e3,"b":1E+2,"c":1.5e-7,"d":1e21,"e":123456789e-5,"f":0e5}'],
    ['the ends of float64', '[5e-324,2.2250738585072014e-308,1.7976931348623157e308,-1.7976931348623157e+308,0.1,0.30000000000000004]'],
    ['int64', '[9007199254740993,-9223372036854775808,9223372036854775807]'],
    ['integers beyond int64', '[9223372036854775808,18446744073709551615,18446744073709551616,-9223372036854775809,123456789012345678901234567890]'],
    ['escapes', String.raw`{"\u0041\/":"\ud83d\ude00\u0000\b\t\n\"\\\u001f\u007f","é":"\u00e9"}`],
    ['text of every plane', '{"ключ":"значение","键":"值","😀":"𝔘","‮":" \u2028﻿"}'],
    ['keys that differ in case or accent', '{"a":1,"A":2,"á":3,"ss":4,"ß":5}'],
    ['empty things', '{"a":{},"b":[],"c":"","d":null,"e":[[],{}]}'],
    ['white space', ' { "a" : [ 1 , 2 ] ,\n\t"b" : true } '],
    ['a thousand doubles of any magnitude', anyNumbers(1_000)],
    ['a megabyte', JSON.stringify({ text: `'"\\ü😀`.repeat(90_000), list: Array.from({ length: 20_000 }, (_, n) => n / 7) })],
  ])('finds the digest that the spec has, of a payload with %s', async (name, payload) => {
    const jobId = keyedId(`digest ${name}`);
    await table.rows.insert(newRow(jobId, now, { keyed: true, payload }));
    expect((await table.rows.readKeyed(jobId)).payloadDigest).toBe(digest(payload));
  });

  it('tells payloads apart that differ in one number, key or letter', async () => {
    const payloads = ['{"a":1}', '{"a":2}', '{"a":"1"}', '{"A":1}', '{"a":[1]}', '{"a":1,"b":null}', '{"a":9007199254740993}', '{"a":9007199254740992}'];
    const ids = payloads.map((payload) => keyedId(`apart ${payload}`));
    await Promise.all(payloads.map((payload, index) => table.rows.insert(newRow(ids[index] ?? '', now, { keyed: true, payload }))));
    const reads = await Promise.all(ids.map((jobId) => table.rows.readKeyed(jobId)));
    expect(new Set(reads.map(({ payloadDigest }) => payloadDigest)).size).toBe(payloads.length);
  });

  it('gives the tombstone where there is no row, and only there', async () => {
    const [gone, back] = [keyedId('gone'), keyedId('back')];
    for (const jobId of [gone, back]) {
      await table.put(jobId);
      await table.rows.remove(jobId);
    }
    await table.put(back, { status: 'failed' });
    const [ofGone, ofBack] = await Promise.all([table.rows.readKeyed(gone), table.rows.readKeyed(back)]);
    expect(ofGone).toMatchObject({ row: null, tombstone: { jobId: gone, type: 'clone', status: 'completed', payloadDigest: digest('{}') } });
    expect(ofGone).not.toHaveProperty('payloadDigest');
    expect(ofBack).toMatchObject({ row: { status: 'failed' } });
    expect(ofBack).not.toHaveProperty('tombstone');
  });

  it('never sees neither, when the row is removed in the middle of the look', async () => {
    const jobId = keyedId('in between');
    await table.put(jobId);
    // The row is looked for while it is being removed, and the tombstone after that.
    const removed = heldAfter(table.database, async (statement) => {
      if (statement === 'read-keyed' || statement === 'read-tombstones') await table.rows.remove(jobId);
    });
    const first = await removed.use((sql) => readKeyedRows(sql, [jobId]));
    expect([first.rows.size, first.tombstones.size]).toEqual([1, 0]);
    const second = await removed.use((sql) => readKeyedRows(sql, [jobId]));
    expect([second.rows.size, second.tombstones.size]).toEqual([0, 1]);
  });

  it('never sees neither, however looks and removals meet', async () => {
    const ids = Array.from({ length: 60 }, (_, index) => keyedId(`meet ${index}`));
    for (const jobId of ids) await table.put(jobId);
    const neither: string[] = [];
    const over = new AbortController();
    const look = async (): Promise<void> => {
      while (!over.signal.aborted) {
        const reads = await Promise.all(ids.map((jobId) => table.rows.readKeyed(jobId)));
        reads.forEach(({ row, tombstone }, index) => {
          if (row === null && tombstone === undefined) neither.push(ids[index] ?? '');
        });
      }
    };
    const looks = [look(), look()];
    for (const jobId of ids) await table.rows.remove(jobId);
    over.abort();
    await Promise.all(looks);
    expect(neither).toEqual([]);
    expect((await table.rows.readKeyed(ids[0] ?? '')).tombstone).toBeDefined();
  });

  it('fails for a row whose status is none of the known ones, and for that alone', async () => {
    const own = await keyedTable(stack);
    await own.worker.query("ALTER TABLE jobs MODIFY status VARCHAR(20) NOT NULL DEFAULT 'pending'");
    await own.put(keyedId('bad'), { status: 'paused' });
    const [bad, fine] = await Promise.allSettled([own.rows.readKeyed(keyedId('bad')), own.rows.readKeyed(keyedId('fine'))]);
    expect(bad).toMatchObject({ status: 'rejected', reason: { code: 'DATABASE_REFUSED' } });
    expect(fine).toMatchObject({ status: 'fulfilled', value: { row: null } });
  });

  it('takes a payload that no Job can have for another one', async () => {
    const own = await jobsTable(stack);
    await own.worker.query('DROP TABLE jobs; CREATE TABLE jobs (job_id VARCHAR(36) PRIMARY KEY, type VARCHAR(20) NOT NULL, status VARCHAR(20) NOT NULL, progress INT, request_payload LONGTEXT NOT NULL, result LONGTEXT, error TEXT, created_at TIMESTAMP NULL DEFAULT NOW(), updated_at TIMESTAMP NULL, completed_at TIMESTAMP NULL, ttl_expires_at TIMESTAMP NULL)');
    await own.worker.query("INSERT INTO jobs (job_id, type, status, request_payload) VALUES (?, 'clone', 'pending', 'site=a'), (?, 'clone', 'pending', CONCAT('\"', REPEAT('x', 9000000), '\"'))", [keyedId('text'), keyedId('huge')]);
    const reads = await Promise.all(['text', 'huge'].map((name) => own.rows.readKeyed(keyedId(name))));
    expect(reads.map(({ payloadDigest }) => payloadDigest)).toEqual(['', '']);
  });

  it('fails without the table of tombstones where there is no row: not knowing is no absence', async () => {
    const own = await jobsTable(stack);
    await expect(own.rows.readKeyed(keyedId('k'))).rejects.toMatchObject({ code: 'DATABASE_REFUSED', status: 1146 });
    await expect(own.rows.read(keyedId('k'))).resolves.toMatchObject({ row: null });
  });
});
