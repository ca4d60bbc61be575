import { beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabaseClock } from '../../../src/database/database-clock.ts';
import { openDatabase } from '../../../src/database/database.ts';
import { createRows } from '../../../src/database/rows.ts';
import { RESULT_LIMIT_BYTES } from '../../../src/job/row.ts';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { jobsTable, newRow } from './jobs-table.ts';
import type { JobsTable } from './jobs-table.ts';

const stack = useStack();

describe('reading rows', () => {
  let table: JobsTable;

  beforeAll(async () => {
    table = await jobsTable(stack);
  }, SETUP_TIMEOUT_MS);

  async function put(jobId: string, columns: Readonly<Record<string, unknown>>): Promise<void> {
    await table.rows.insert(newRow(jobId, await table.now()));
    await table.worker.query('UPDATE jobs SET ? WHERE job_id = ?', [columns, jobId]);
  }

  it('dates an absence', async () => {
    const before = await table.now();
    const { row, now } = await table.rows.read('nobody');
    expect(row).toBeNull();
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThan(before + 10);
  });

  it.each([null, 150, -3])('gives the progress %p as it is', async (progress) => {
    await put(`progress ${progress}`, { progress });
    expect((await table.rows.read(`progress ${progress}`)).row?.progress).toBe(progress);
  });

  it.each([
    ['an object', '{"a": [1, null, {"b": 9007199254740993}], "😀": "x"}'],
    ['an array', '[1, 2, null]'],
    ['a string', '"text"'],
    ['a number', '-9223372036854775808'],
    ['JSON null', 'null'],
  ])('gives a result that is %s as the text that MySQL prints', async (name, result) => {
    await put(`result ${name}`, { result });
    const { row } = await table.rows.read(`result ${name}`);
    expect(row).toMatchObject({ result, resultBytes: Buffer.byteLength(result) });
  });

  it('tells SQL NULL from JSON null', async () => {
    await put('no-result', { result: null });
    expect((await table.rows.read('no-result')).row).toMatchObject({ result: null, resultBytes: 0 });
  });

  it('leaves a result of 5 MB in the database and says about how large it is', async () => {
    await put('huge', { result: JSON.stringify('x'.repeat(5_000_000)) });
    const { row } = await table.rows.read('huge');
    expect(row?.result).toBeNull();
    expect(Math.round((row?.resultBytes ?? 0) / 1e5)).toBe(50);
  });

  it.each([
    ['small numbers', '[1', ', 1'],
    ['fractions', '[0.1', ', -1.7976931348623157e308'],
    ['empty objects', '[{}', ', {}'],
    ['control characters', '["', '\\u0001'],
    ['emojis', '["', '😀'],
  ])('tells a result of %s that is over the limit from one that is not, however differently the database stores it', async (name, start, more) => {
    const end = start.endsWith('"') ? '"]' : ']';
    const text = (bytes: number): string => start + more.repeat(Math.floor((bytes - start.length - end.length) / Buffer.byteLength(more))) + end;
    const [below, above] = [text(RESULT_LIMIT_BYTES), text(RESULT_LIMIT_BYTES + 2 * Buffer.byteLength(more))];
    await put(`below ${name}`, { result: below });
    await put(`above ${name}`, { result: above });
    await put(`far above ${name}`, { result: text(40 * RESULT_LIMIT_BYTES) });
    expect((await table.rows.read(`below ${name}`)).row?.result).toHaveLength(below.length);
    expect((await table.rows.read(`above ${name}`)).row).toMatchObject({ result: null, resultBytes: Buffer.byteLength(above) });
    const far = (await table.rows.read(`far above ${name}`)).row;
    expect(far?.result).toBeNull();
    expect(far?.resultBytes).toBeGreaterThan(RESULT_LIMIT_BYTES);
  });

  it('gives a result that was cut down where it stood', async () => {
    await put('cut-down', { result: JSON.stringify({ kept: 1, blob: 'x'.repeat(5_000_000) }) });
    await table.worker.query("UPDATE jobs SET result = JSON_REMOVE(result, '$.blob') WHERE job_id = 'cut-down'");
    expect((await table.rows.read('cut-down')).row).toMatchObject({ result: '{"kept": 1}', resultBytes: 11 });
  });

  it('takes two looks at a result that is far too large for the same, whatever is in it', async () => {
    await put('replaced', { result: JSON.stringify('x'.repeat(5_000_000)) });
    const before = (await table.rows.read('replaced')).row;
    await table.worker.query("UPDATE jobs SET result = ?, updated_at = updated_at WHERE job_id = 'replaced'", [JSON.stringify('y'.repeat(5_000_000))]);
    expect((await table.rows.read('replaced')).row?.fingerprint).toBe(before?.fingerprint);
  });

  it('reads a row whose result was too large apart from the others, until it is no longer', async () => {
    await put('large', { result: JSON.stringify('x'.repeat(RESULT_LIMIT_BYTES)) });
    await put('small', { result: '1' });
    let statements = 0;
    const database = openDatabase(table.settings, { statement: (name) => void (statements += name === 'read' ? 1 : 0) });
    stack.defer(() => database.close());
    const rows = createRows({ database, databaseClock: createDatabaseClock() });
    const statementsOf = async (): Promise<number> => {
      statements = 0;
      await Promise.all([rows.read('large'), rows.read('small')]);
      return statements;
    };
    expect([await statementsOf(), await statementsOf()]).toEqual([1, 2]);
    await table.worker.query("UPDATE jobs SET result = '2' WHERE job_id = 'large'");
    expect([await statementsOf(), await statementsOf()]).toEqual([2, 1]);
  });

  it('gives a result of exactly the limit, and none that is one byte longer', async () => {
    await put('limit', { result: JSON.stringify('x'.repeat(RESULT_LIMIT_BYTES - 2)) });
    await put('beyond', { result: JSON.stringify('x'.repeat(RESULT_LIMIT_BYTES - 1)) });
    expect((await table.rows.read('limit')).row?.result).toHaveLength(RESULT_LIMIT_BYTES);
    expect((await table.rows.read('beyond')).row).toMatchObject({ result: null, resultBytes: RESULT_LIMIT_BYTES + 1 });
  });

  it('gives the beginning of an error of 64 KiB, long enough to see that it was cut', async () => {
    await put('error', { error: '😀'.repeat(16_000) });
    expect((await table.rows.read('error')).row?.error).toBe('😀'.repeat(4_097));
  });

  it('changes the fingerprint with the result, within one second', async () => {
    await put('print', { status: 'completed', result: '1', updated_at: '2026-01-01 00:00:00' });
    const before = (await table.rows.read('print')).row;
    await table.worker.query("UPDATE jobs SET result = '2', updated_at = updated_at WHERE job_id = 'print'");
    const after = (await table.rows.read('print')).row;
    expect(after?.updatedAt).toBe(before?.updatedAt);
    expect(after?.fingerprint).not.toBe(before?.fingerprint);
  });

  it('never answers a call from a statement that was already under way', async () => {
    await put('fresh', { progress: 1 });
    for (let progress = 2; progress < 30; progress += 1) {
      const overlapping = [table.rows.read('fresh'), table.rows.read('nobody')];
      await table.worker.query("UPDATE jobs SET progress = ? WHERE job_id = 'fresh'", [progress]);
      expect((await table.rows.read('fresh')).row?.progress).toBe(progress);
      await Promise.all(overlapping);
    }
  });

  it('fails for a row whose status is none of the known ones, and for that alone', async () => {
    await put('fine', { progress: 1 });
    await put('bad', { progress: 1 });
    await table.worker.query("ALTER TABLE jobs MODIFY status VARCHAR(20) NOT NULL DEFAULT 'pending'");
    await table.worker.query("UPDATE jobs SET status = 'paused' WHERE job_id = 'bad'");
    const [fine, bad] = await Promise.allSettled([table.rows.read('fine'), table.rows.read('bad')]);
    expect(fine).toMatchObject({ status: 'fulfilled', value: { row: { status: 'pending' } } });
    expect(bad).toMatchObject({ reason: { code: 'DATABASE_REFUSED', message: expect.stringContaining('row bad: its status') } });
  });
});
