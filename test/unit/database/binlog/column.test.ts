import { describe, expect, it } from '@jest/globals';
import { metadataLength, takeValue } from '../../../../src/database/binlog/column.ts';
import { Cursor } from '../../../../src/database/binlog/cursor.ts';

/** Type, metadata, and how many bytes a value takes; where it has a length of its own, the value's begins with that of 3. */
const COLUMNS: readonly (readonly [name: string, type: number, metadata: readonly number[], value: readonly number[]])[] = [
  ['TINYINT', 1, [], [1]],
  ['SMALLINT', 2, [], [1, 2]],
  ['MEDIUMINT', 9, [], [1, 2, 3]],
  ['INT', 3, [], [1, 2, 3, 4]],
  ['BIGINT', 8, [], [1, 2, 3, 4, 5, 6, 7, 8]],
  ['DOUBLE', 5, [8], [1, 2, 3, 4, 5, 6, 7, 8]],
  ['YEAR', 13, [], [1]],
  ['DATE', 10, [], [1, 2, 3]],
  ['TIMESTAMP', 17, [0], [1, 2, 3, 4]],
  ['TIMESTAMP(6)', 17, [6], [1, 2, 3, 4, 5, 6, 7]],
  ['DATETIME(3)', 18, [3], [1, 2, 3, 4, 5, 6, 7]],
  ['TIME(1)', 19, [1], [1, 2, 3, 4]],
  ['VARCHAR of up to 255 bytes', 15, [255, 0], [3, 65, 66, 67]],
  ['VARCHAR of more', 15, [0, 1], [3, 0, 65, 66, 67]],
  ['CHAR', 254, [254, 144], [3, 65, 66, 67]],
  ['CHAR of more than 255 bytes', 254, [0xee, 0x40], [3, 0, 65, 66, 67]],
  ['ENUM', 254, [247, 1], [2]],
  ['ENUM of very many', 254, [247, 2], [2, 1]],
  ['SET', 254, [248, 3], [1, 2, 3]],
  ['BIT(12)', 16, [4, 1], [1, 2]],
  ['DECIMAL(10,2)', 246, [10, 2], [1, 2, 3, 4, 5]],
  ['DECIMAL(20,9)', 246, [20, 9], [1, 2, 3, 4, 5, 6, 7, 8, 9]],
  ['TINYTEXT', 252, [1], [3, 65, 66, 67]],
  ['TEXT', 252, [2], [3, 0, 65, 66, 67]],
  ['LONGTEXT', 252, [4], [3, 0, 0, 0, 65, 66, 67]],
  ['JSON', 245, [4], [3, 0, 0, 0, 65, 66, 67]],
];

describe('a value in the binary log', () => {
  it.each(COLUMNS)('of type %s is stepped over to its last byte', (_, type, metadata, value) => {
    expect(metadataLength(type)).toBe(metadata.length);
    const cursor = new Cursor(Buffer.from([...value, 99]));
    takeValue(cursor, { type, metadata: Buffer.from(metadata) });
    expect(cursor.position).toBe(value.length);
  });

  it('is given without its length', () => {
    expect(takeValue(new Cursor(Buffer.from([3, 65, 66, 67, 99])), { type: 15, metadata: Buffer.from([144, 0]) }).toString()).toBe('ABC');
  });

  it('of a type that nobody knows here is refused', () => {
    expect(() => takeValue(new Cursor(Buffer.alloc(9)), { type: 99, metadata: Buffer.alloc(0) })).toThrow(RangeError);
  });
});
