import { describe, expect, it } from '@jest/globals';
import type { Sql } from '../../../src/database/database.ts';
import { insertRowsApart } from '../../../src/database/insert-batch.ts';
import { OperatorError } from '../../../src/errors.ts';

/** A server that takes statements up to a size, and refuses every statement that holds a bad term. */
function server(options: { maxAllowedPacket?: number; raisedTo?: number; failing?: (sql: string) => OperatorError | undefined } = {}) {
  const taken: string[] = [];
  let statements = 0;
  const sql: Sql = {
    server: { maxAllowedPacket: options.maxAllowedPacket ?? 10_000, version: '9' },
    select: <Row>() => Promise.resolve([{ bytes: options.raisedTo ?? options.maxAllowedPacket ?? 10_000 }] as Row[]),
    write: (_, text) => {
      statements += 1;
      const failure = options.failing?.(text);
      if (failure !== undefined) return Promise.reject(failure);
      taken.push(...(text.match(/row-\d+/g) ?? []));
      return Promise.resolve(1);
    },
  };
  return { taken, use: <Result>(work: (on: Sql) => Promise<Result>) => work(sql), statements: () => statements };
}

const rows = (...numbers: number[]) => numbers.map((number) => ({ jobId: `row-${number}`, term: `row-${number}` }));
const refused = new OperatorError('ROW_REFUSED', 'too deep');

describe('an insert of many rows', () => {
  it('is one statement, in the order of the ids', async () => {
    const { use, taken, statements } = server();
    const outcomes = await insertRowsApart(rows(3, 1, 2), use);
    expect(outcomes.every(({ ok }) => ok)).toBe(true);
    expect(taken).toEqual(['row-1', 'row-2', 'row-3']);
    expect(statements()).toBe(1);
  });

  it('lets every row but the refused one in, with few more statements', async () => {
    const numbers = Array.from({ length: 64 }, (_, index) => 100 + index);
    const { use, taken, statements } = server({ failing: (text) => (text.includes('row-137') ? refused : undefined) });
    const outcomes = await insertRowsApart(rows(...numbers), use);
    expect(taken).toHaveLength(63);
    expect(outcomes.filter(({ ok }) => !ok)).toEqual([{ ok: false, error: refused }]);
    expect(outcomes[37]).toEqual({ ok: false, error: refused });
    expect(statements()).toBeLessThanOrEqual(13);
  });

  it('sends nothing above max_allowed_packet, and names it to the row that is larger by itself', async () => {
    const { use, taken } = server({ maxAllowedPacket: 1_000 });
    const outcomes = await insertRowsApart([...rows(1, 2), { jobId: 'row-3', term: `row-3${'x'.repeat(2_000)}` }, ...rows(4)], use);
    expect(taken.toSorted()).toEqual(['row-1', 'row-2', 'row-4']);
    expect(outcomes[2]).toMatchObject({ ok: false, error: { code: 'ROW_REFUSED', message: expect.stringMatching(/2\d{3} bytes.*max_allowed_packet is 1000/) } });
  });

  it('gives up a connection from before the limit was raised, so that a new one takes the row', async () => {
    const { use } = server({ maxAllowedPacket: 1_000, raisedTo: 4_000 });
    const [taken, tooLarge] = await insertRowsApart([{ jobId: 'row-1', term: 'x'.repeat(2_000) }, { jobId: 'row-2', term: 'x'.repeat(5_000) }], use);
    expect(taken).toMatchObject({ ok: false, error: { code: 'DATABASE_UNAVAILABLE' } });
    expect(tooLarge).toMatchObject({ ok: false });
    const [alone] = await insertRowsApart([{ jobId: 'row-2', term: 'x'.repeat(5_000) }], use);
    expect(alone).toMatchObject({ ok: false, error: { code: 'ROW_REFUSED' } });
  });

  it('fails what is left when the database goes away in the middle, and keeps what went in', async () => {
    const away = new OperatorError('DATABASE_UNAVAILABLE', 'away');
    const { use } = server({ failing: (text) => (text.includes('row-4') ? (text.includes('row-1') ? refused : away) : undefined) });
    const outcomes = await insertRowsApart(rows(1, 2, 3, 4), use);
    expect(outcomes).toEqual([
      { ok: true, value: undefined },
      { ok: true, value: undefined },
      { ok: false, error: away },
      { ok: false, error: away },
    ]);
  });
});
