import { zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { ChangedKeys } from '../../../../src/database/binlog/changed-keys.ts';
import type { TableChange } from '../../../../src/database/binlog/changed-keys.ts';
import { DATABASE, TABLE, event, formatDescription, row, rowsBody, tableMapBody, transactionBody } from './events.ts';

const WRITE = 30;
const UPDATE = 31;
const DELETE = 32;
const PARTIAL_UPDATE = 39;
const TRANSACTION = 40;
const MAP = 19;

const newKeys = (): ChangedKeys => new ChangedKeys({ database: DATABASE, table: TABLE, keyColumn: 0 });
const ids = (change: TableChange | undefined): readonly string[] | undefined => (change === undefined ? undefined : [...change.jobIds]);

/** The change that the last of these events tells of. */
function after(...events: readonly Buffer[]): TableChange | undefined {
  const keys = newKeys();
  let change: TableChange | undefined;
  for (const each of events) change = keys.read(each);
  return change;
}

describe('the keys in the binary log', () => {
  it.each<[string, number, Buffer]>([
    ['an insert', WRITE, rowsBody(7, [row('a'), row('b')])],
    ['a delete', DELETE, rowsBody(7, [row('a'), row('b')])],
    ['an update', UPDATE, rowsBody(7, [row('a'), row('a', 300), row('b'), row('b')], { update: true })],
    ['an insert as MariaDB writes it', 23, rowsBody(7, [row('a'), row('b')], { version: 1 })],
    ['an update as MariaDB writes it', 24, rowsBody(7, [row('a'), row('a'), row('b'), row('b')], { update: true, version: 1 })],
  ])('are those of all rows of %s', (_, type, body) => {
    const change = after(event(MAP, tableMapBody(7)), event(type, body));
    expect(ids(change)).toEqual(['a', 'b']);
    expect(change?.hasMore).toBe(false);
  });

  it('are both of a row that is given another key', () => {
    expect(ids(after(event(MAP, tableMapBody(7)), event(UPDATE, rowsBody(7, [row('old'), row('new')], { update: true }))))).toEqual(['old', 'new']);
  });

  it('are found behind a payload of any length', () => {
    expect(ids(after(event(MAP, tableMapBody(7)), event(WRITE, rowsBody(7, [row('a', 2_000_000), row('b', 0)]))))).toEqual(['a', 'b']);
  });

  it('are read with and without checksums, as the file says', () => {
    const withChecksums = [formatDescription(true), event(MAP, tableMapBody(7), true), event(WRITE, rowsBody(7, [row('a')]), true)];
    expect(ids(after(...withChecksums))).toEqual(['a']);
    expect(ids(after(...withChecksums, formatDescription(false), event(MAP, tableMapBody(8)), event(WRITE, rowsBody(8, [row('b')]))))).toEqual(['b']);
  });

  it.each([
    ['another table', { table: 'posts' }],
    ['a table of that name elsewhere', { database: 'other' }],
    ['a table with columns that nobody knows here', { table: 'posts', types: [250, 99], metadata: [] }],
  ])('are none for rows of %s', (_, options) => {
    expect(after(event(MAP, tableMapBody(7, options)), event(WRITE, rowsBody(7, [row('a')])))).toBeUndefined();
  });

  it.each<[string, number, number]>([
    ['compressed with zstd', 0, 1],
    ['packed without compression', 255, 0],
  ])('are read in a transaction that is %s', (_, method, compressed) => {
    const payload = Buffer.concat([event(MAP, tableMapBody(7)), event(WRITE, rowsBody(7, [row('a')])), event(DELETE, rowsBody(7, [row('b')]))]);
    const change = after(event(TRANSACTION, transactionBody(compressed === 1 ? zstdCompressSync(payload) : payload, method)));
    expect(ids(change)).toEqual(['a', 'b']);
  });

  it('are none in a compressed transaction of other tables', () => {
    const payload = Buffer.concat([event(MAP, tableMapBody(7, { table: 'posts' })), event(WRITE, rowsBody(7, [row('a')]))]);
    expect(after(event(TRANSACTION, transactionBody(zstdCompressSync(payload), 0)))).toBeUndefined();
  });

  it.each<[string, readonly Buffer[]]>([
    ['holds parts of JSON documents', [event(MAP, tableMapBody(7)), event(PARTIAL_UPDATE, rowsBody(7, [row('a')], { update: true }))]],
    ['breaks off', [event(MAP, tableMapBody(7)), event(WRITE, rowsBody(7, [row('a').subarray(0, 9)]))]],
    ['has other columns than its table', [event(MAP, tableMapBody(7)), event(WRITE, rowsBody(7, [row('a')], { columns: 12 }))]],
    ['has a column of a type that nobody knows here', [event(MAP, tableMapBody(7, { types: [99], metadata: [] })), event(WRITE, rowsBody(7, [Buffer.from([0, 1])], { columns: 1 }))]],
    ['unfolds to more than is looked into', [event(TRANSACTION, transactionBody(zstdCompressSync(Buffer.alloc(17 * 1024 * 1024)), 0))]],
    ['is compressed in a way that nobody knows here', [event(TRANSACTION, transactionBody(Buffer.from('?'), 3))]],
  ])('are not known where an event %s, which is said', (_, events) => {
    const change = after(...events);
    expect(change?.hasMore).toBe(true);
    expect(ids(change)).toEqual([]);
  });
});
