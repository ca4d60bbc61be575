import { describe, expect, it } from '@jest/globals';
import { missingIndexes, shapeProblems, tombstonesProblems } from '../../../src/database/shape.ts';
import type { ColumnShape, TableShape } from '../../../src/database/shape.ts';

const column = (name: string, type: string, more: Partial<ColumnShape> = {}): ColumnShape => ({ name, type, nullable: true, default: null, extra: '', ...more });

const TYPES = "enum('clone','restore','delete')";
const STATUSES = "enum('pending','running','completed','failed','cancelled')";

/** The seed's table as MySQL 9 describes it. */
const SEED: TableShape = {
  kind: 'BASE TABLE',
  engine: 'InnoDB',
  columns: [
    column('job_id', 'varchar(36)', { nullable: false }),
    column('type', TYPES, { nullable: false }),
    column('status', STATUSES, { nullable: false, default: 'pending' }),
    column('progress', 'int', { default: '0' }),
    column('request_payload', 'json', { nullable: false }),
    column('result', 'json'),
    column('error', 'text'),
    column('created_at', 'timestamp', { default: 'CURRENT_TIMESTAMP', extra: 'DEFAULT_GENERATED' }),
    column('updated_at', 'timestamp', { default: 'CURRENT_TIMESTAMP', extra: 'DEFAULT_GENERATED on update CURRENT_TIMESTAMP' }),
    column('completed_at', 'timestamp'),
    column('ttl_expires_at', 'timestamp'),
  ],
  indexes: [
    { name: 'PRIMARY', unique: true, columns: ['job_id'] },
    { name: 'idx_status', unique: false, columns: ['status'] },
    { name: 'idx_ttl_expires_at', unique: false, columns: ['ttl_expires_at'] },
  ],
};

const withColumn = (changed: ColumnShape): TableShape => ({
  ...SEED,
  columns: [...SEED.columns.filter(({ name }) => name !== changed.name), changed],
});
const without = (name: string): TableShape => ({ ...SEED, columns: SEED.columns.filter((candidate) => candidate.name !== name) });

describe('an existing jobs table', () => {
  it("fits when it is the seed's", () => {
    expect(shapeProblems(SEED)).toEqual([]);
  });

  it.each<[string, ColumnShape]>([
    ['a longer key', column('job_id', 'varchar(64)', { nullable: false })],
    ['an enum with more values', column('type', "enum('clone','restore','delete','migrate')", { nullable: false })],
    ['a status that is text', column('status', 'varchar(20)', { nullable: false, default: 'pending' })],
    ['a small progress', column('progress', 'tinyint unsigned', { nullable: false, default: '0' })],
    ['JSON as LONGTEXT (MariaDB)', column('request_payload', 'longtext', { nullable: false })],
    ['a longer error', column('error', 'mediumtext')],
    ['times with fractions', column('completed_at', 'timestamp(6)')],
    ["MariaDB's spelling of a default", column('created_at', 'timestamp', { default: 'current_timestamp()' })],
    ['one more column, nullable', column('tenant', 'varchar(20)')],
    ['one more column, with a default', column('retries', 'int', { nullable: false, default: '0' })],
    ['one more column, generated', column('day', 'date', { nullable: false, extra: 'VIRTUAL GENERATED' })],
  ])('fits with %s', (_, changed) => {
    expect(shapeProblems(withColumn(changed))).toEqual([]);
  });

  it.each<[string, TableShape, string]>([
    ['a missing column', without('ttl_expires_at'), 'column ttl_expires_at is missing, expected timestamp, nullable'],
    ['a key that is too short', withColumn(column('job_id', 'varchar(32)', { nullable: false })), 'column job_id is varchar(32) NOT NULL, expected varchar(36) or longer'],
    [
      'an enum that lacks a value',
      withColumn(column('status', "enum('pending','running','completed','failed')", { nullable: false })),
      "column status is enum('pending','running','completed','failed') NOT NULL, expected an enum with pending, running, completed, failed, cancelled",
    ],
    ['DATETIME, which holds whatever zone its writer lives in', withColumn(column('completed_at', 'datetime')), 'column completed_at is datetime, expected timestamp, nullable'],
    [
      'an updated_at that does not move by itself',
      withColumn(column('updated_at', 'timestamp', { default: 'CURRENT_TIMESTAMP', extra: 'DEFAULT_GENERATED' })),
      'column updated_at is timestamp DEFAULT CURRENT_TIMESTAMP, expected timestamp DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP',
    ],
    ['an expiry that cannot be cleared', withColumn(column('ttl_expires_at', 'timestamp', { nullable: false })), 'column ttl_expires_at is timestamp NOT NULL, expected timestamp, nullable'],
    ['a column that every INSERT would have to name', withColumn(column('tenant', 'int', { nullable: false })), 'column tenant is int NOT NULL without a default, expected none that an INSERT has to name'],
    ['no unique key', { ...SEED, indexes: [{ name: 'PRIMARY', unique: true, columns: ['job_id', 'type'] }] }, 'column job_id has no unique index of its own, expected PRIMARY KEY (job_id)'],
    ['an engine without transactions', { ...SEED, engine: 'MyISAM' }, 'its engine is MyISAM, expected InnoDB (rows are locked and removed in transactions)'],
    ['a view', { ...SEED, kind: 'VIEW', engine: null }, 'it is a view, expected a table'],
  ])('is refused for %s, by name', (_, table, problem) => {
    expect(shapeProblems(table)).toEqual([problem]);
  });

  it('may lack indexes, which are named as advice', () => {
    expect(missingIndexes(SEED)).toEqual([]);
    expect(missingIndexes({ ...SEED, indexes: [] })).toEqual(['status', 'ttl_expires_at']);
  });
});

describe('an existing table of tombstones', () => {
  const table: TableShape = {
    kind: 'BASE TABLE',
    engine: 'InnoDB',
    columns: [
      column('job_id', 'varchar(64)', { nullable: false }),
      column('type', TYPES, { nullable: false }),
      column('payload_digest', 'char(22)', { nullable: false }),
      column('status', "enum('completed','failed','cancelled')", { nullable: false }),
      column('result', 'longtext'),
      column('error', 'longtext'),
      column('created_at', 'timestamp(6)'),
      column('completed_at', 'timestamp(6)'),
      column('ttl_expires_at', 'timestamp(6)'),
      column('removed_at', 'timestamp', { nullable: false, default: 'CURRENT_TIMESTAMP', extra: 'DEFAULT_GENERATED' }),
    ],
    indexes: [{ name: 'PRIMARY', unique: true, columns: ['job_id'] }],
  };

  it('fits when the migration made it', () => {
    expect(tombstonesProblems(table)).toEqual([]);
  });

  it('is refused without what makes one id one tombstone, and without a column that it is asked for', () => {
    expect(tombstonesProblems({ ...table, indexes: [], columns: table.columns.filter(({ name }) => name !== 'payload_digest') })).toEqual([
      'column payload_digest is missing, expected char(22)',
      'column job_id has no unique index of its own, expected PRIMARY KEY (job_id)',
    ]);
  });
});
