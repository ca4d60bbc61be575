/** Whether an existing table is one that the operator can work with. */
import type { RowDataPacket } from 'mysql2';
import { OperatorError } from '../errors.ts';
import { FINISHED_STATUSES, JOB_TYPES, ROW_STATUSES } from '../job/row.ts';
import type { Database, Sql } from './database.ts';
import { JOBS_TABLE, TOMBSTONES_TABLE } from './jobs-table.ts';

/** A column as information_schema describes it. */
export interface ColumnShape {
  readonly name: string;
  /** e.g. `varchar(36)`, `enum('a','b')`, `timestamp`. */
  readonly type: string;
  readonly nullable: boolean;
  readonly default: string | null;
  /** e.g. `DEFAULT_GENERATED on update CURRENT_TIMESTAMP`, `auto_increment`. */
  readonly extra: string;
}

export interface TableShape {
  /** e.g. `BASE TABLE`, `VIEW`. */
  readonly kind: string;
  readonly engine: string | null;
  readonly columns: readonly ColumnShape[];
  /** The columns of each index in order, `PRIMARY` among them. */
  readonly indexes: readonly { readonly name: string; readonly unique: boolean; readonly columns: readonly string[] }[];
}

/** What is needed of one column: words for a person, and the test. */
interface Requirement {
  readonly expected: string;
  readonly fits: (column: ColumnShape) => boolean;
}

const TEXT = /^(tiny|medium|long)?text\b/;
const LONG_TEXT = /^(json|mediumtext|longtext)\b/;
const INTEGER = /^(tinyint|smallint|mediumint|int|bigint)\b/;
// Not DATETIME: a worker's NOW() would be stored in the zone of its session and expire hours off.
const TIMESTAMP = /^timestamp\b/;

/**
 * Harmless differences pass: wider text, another collation, JSON as LONGTEXT (MariaDB), fractions of a second, an integer of another
 * size. Those that lose data, refuse an INSERT or hide a change do not.
 */
const REQUIRED: Readonly<Record<string, Requirement>> = {
  job_id: { expected: 'varchar(36) or longer', fits: ({ type }) => charLength(type) >= 36 },
  type: { expected: `an enum with ${JOB_TYPES.join(', ')}`, fits: ({ type }) => holdsWords(type, JOB_TYPES) },
  status: { expected: `an enum with ${ROW_STATUSES.join(', ')}`, fits: ({ type }) => holdsWords(type, ROW_STATUSES) },
  progress: { expected: 'an integer', fits: ({ type }) => INTEGER.test(type) },
  request_payload: { expected: 'json', fits: ({ type }) => LONG_TEXT.test(type) },
  result: { expected: 'json, nullable', fits: ({ type, nullable }) => LONG_TEXT.test(type) && nullable },
  error: { expected: 'text, nullable', fits: ({ type, nullable }) => (TEXT.test(type) || charLength(type) >= 255) && nullable },
  created_at: {
    expected: 'timestamp DEFAULT CURRENT_TIMESTAMP',
    fits: (column) => TIMESTAMP.test(column.type) && isNow(column.default),
  },
  updated_at: {
    expected: 'timestamp DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP',
    fits: (column) => TIMESTAMP.test(column.type) && isNow(column.default) && /on update current_timestamp/i.test(column.extra),
  },
  completed_at: { expected: 'timestamp, nullable', fits: ({ type, nullable }) => TIMESTAMP.test(type) && nullable },
  ttl_expires_at: { expected: 'timestamp, nullable', fits: ({ type, nullable }) => TIMESTAMP.test(type) && nullable },
};

const TOMBSTONE_TIME: Requirement = { expected: 'timestamp, nullable', fits: ({ type, nullable }) => TIMESTAMP.test(type) && nullable };
const TOMBSTONE_TEXT: Requirement = { expected: 'longtext, nullable', fits: ({ type, nullable }) => LONG_TEXT.test(type) && nullable };

/** Of the operator's own table: what an earlier or a later version of it may lack. */
const REQUIRED_OF_TOMBSTONES: Readonly<Record<string, Requirement>> = {
  job_id: { expected: 'varchar(36) or longer', fits: ({ type }) => charLength(type) >= 36 },
  type: { expected: `an enum with ${JOB_TYPES.join(', ')}`, fits: ({ type }) => holdsWords(type, JOB_TYPES) },
  payload_digest: { expected: 'char(22)', fits: ({ type }) => charLength(type) >= 22 },
  status: { expected: `an enum with ${FINISHED_STATUSES.join(', ')}`, fits: ({ type }) => holdsWords(type, FINISHED_STATUSES) },
  result: TOMBSTONE_TEXT,
  error: TOMBSTONE_TEXT,
  created_at: TOMBSTONE_TIME,
  completed_at: TOMBSTONE_TIME,
  ttl_expires_at: TOMBSTONE_TIME,
  removed_at: { expected: 'timestamp DEFAULT CURRENT_TIMESTAMP', fits: (column) => TIMESTAMP.test(column.type) && isNow(column.default) },
};

/** Without them everything works, slower. */
const USEFUL_INDEXES = ['status', 'ttl_expires_at'] as const;

/** Everything about the jobs table that stands in the way, a sentence each; empty when it fits. */
export function shapeProblems(table: TableShape): readonly string[] {
  return problemsOf(table, REQUIRED);
}

/** The same of the table of tombstones. */
export function tombstonesProblems(table: TableShape): readonly string[] {
  return problemsOf(table, REQUIRED_OF_TOMBSTONES);
}

function problemsOf(table: TableShape, required: Readonly<Record<string, Requirement>>): readonly string[] {
  const problems: string[] = [];
  if (table.kind !== 'BASE TABLE') problems.push(`it is a ${table.kind.toLowerCase()}, expected a table`);
  else if (table.engine !== 'InnoDB') problems.push(`its engine is ${table.engine ?? 'unknown'}, expected InnoDB (rows are locked and removed in transactions)`);
  for (const [name, { expected, fits }] of Object.entries(required)) {
    const column = table.columns.find((candidate) => candidate.name === name);
    if (column === undefined) problems.push(`column ${name} is missing, expected ${expected}`);
    else if (!fits(column)) problems.push(`column ${name} is ${describe(column)}, expected ${expected}`);
  }
  if (!table.indexes.some(({ unique, columns }) => unique && columns.length === 1 && columns[0] === 'job_id')) {
    problems.push('column job_id has no unique index of its own, expected PRIMARY KEY (job_id)');
  }
  for (const column of table.columns) {
    if (required[column.name] !== undefined || column.nullable || column.default !== null || /auto_increment|generated/i.test(column.extra)) continue;
    problems.push(`column ${column.name} is ${describe(column)} without a default, expected none that an INSERT has to name`);
  }
  return problems;
}

/** Columns that should have an index and have none. */
export function missingIndexes(table: TableShape): readonly string[] {
  return USEFUL_INDEXES.filter((column) => !table.indexes.some(({ columns }) => columns[0] === column));
}

/** A table as it is; undefined when there is none (or none that this user may see). */
export async function readShape(sql: Sql, tableName: typeof JOBS_TABLE | typeof TOMBSTONES_TABLE = JOBS_TABLE): Promise<TableShape | undefined> {
  const where = `table_schema = DATABASE() AND table_name = '${tableName}'`;
  const [table] = await sql.select<RowDataPacket & { readonly kind: string; readonly engine: string | null }>(
    'shape',
    `SELECT table_type AS kind, engine AS engine FROM information_schema.tables WHERE ${where}`,
  );
  if (table === undefined) return undefined;
  const columns = await sql.select<RowDataPacket & { name: string; type: string; nullable: string; standard: string | null; extra: string }>(
    'shape',
    `SELECT column_name AS name, column_type AS type, is_nullable AS nullable, column_default AS standard, extra AS extra FROM information_schema.columns WHERE ${where} ORDER BY ordinal_position`,
  );
  const parts = await sql.select<RowDataPacket & { name: string; nonUnique: number; column: string }>(
    'shape',
    `SELECT index_name AS name, non_unique AS nonUnique, column_name AS \`column\` FROM information_schema.statistics WHERE ${where} ORDER BY index_name, seq_in_index`,
  );
  return {
    kind: table.kind,
    engine: table.engine,
    columns: columns.map(({ name, type, nullable, standard, extra }) => ({ name, type, nullable: nullable === 'YES', default: standard, extra })),
    indexes: [...Map.groupBy(parts, ({ name }) => name)].map(([name, ofIndex]) => ({
      name,
      unique: ofIndex[0]?.nonUnique === 0,
      columns: ofIndex.map(({ column }) => column),
    })),
  };
}

/**
 * Whether the table of tombstones is there and fits: without it no keyed Job may be accepted. Other processes make and drop it, so the
 * answer holds for a moment only.
 */
export async function hasTombstones(sql: Sql): Promise<boolean> {
  const table = await readShape(sql, TOMBSTONES_TABLE);
  return table !== undefined && tombstonesProblems(table).length === 0;
}

/**
 * Refuses a table that the operator cannot work with, with every reason in one message.
 *
 * @throws OperatorError TABLE_MISMATCH
 */
export async function checkShape(database: Database): Promise<void> {
  const table = await database.use((sql) => readShape(sql));
  if (table === undefined) throw new OperatorError('TABLE_MISMATCH', `there is no table ${JOBS_TABLE}; DB_MIGRATE=create makes it`);
  const problems = shapeProblems(table);
  if (problems.length > 0) throw new OperatorError('TABLE_MISMATCH', `the table ${JOBS_TABLE} does not fit: ${problems.join('; ')}`);
}

function describe({ type, nullable, default: standard, extra }: ColumnShape): string {
  return [type, nullable ? '' : 'NOT NULL', standard === null ? '' : `DEFAULT ${standard}`, extra.replace(/DEFAULT_GENERATED\s*/, '')]
    .filter((part) => part !== '')
    .join(' ');
}

function charLength(type: string): number {
  return Number(/^(?:var)?char\((\d+)\)/.exec(type)?.[1] ?? 0);
}

/** An enum (or a text) that takes each of the words. */
function holdsWords(type: string, words: readonly string[]): boolean {
  if (type.startsWith('enum(')) return words.every((word) => type.includes(`'${word}'`));
  return words.every((word) => charLength(type) >= word.length);
}

function isNow(standard: string | null): boolean {
  return standard !== null && /^(current_timestamp|now)\b/i.test(standard);
}
