/** What is judged about the jobs table, and about what the operator may do with it. */
import { JOBS_TABLE } from '../../database/jobs-table.ts';
import type { DatabaseSettings, MigrateMode } from '../../database/settings.ts';
import { missingIndexes, shapeProblems, type TableShape } from '../../database/shape.ts';
import { OperatorError } from '../../errors.ts';
import { fail, failure, ok, warn, type Finding } from './finding.ts';
import { holds, type Held } from './grants.ts';

/** MySQL's answers to a user without the privilege: for a database, a table, a column. */
const DENIED = new Set([1044, 1142, 1143]);
const COLUMN_DENIED = 1143;

/** MariaDB's INSERT that may find its id taken asks for UPDATE on each column that it inserts, as those of the trial; MySQL skips the comment. */
const INSERTED_TOO = '/*M!100100 , type = type, request_payload = request_payload */';

/** A statement per privilege that needs it and, by its WHERE, touches no row. */
export const TRIALS: Readonly<Record<'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE', string>> = {
  SELECT: `SELECT job_id FROM ${JOBS_TABLE} LIMIT 0`,
  INSERT: `INSERT INTO ${JOBS_TABLE} (job_id, type, request_payload) SELECT job_id, type, request_payload FROM ${JOBS_TABLE} WHERE 1 = 0`,
  UPDATE: `UPDATE ${JOBS_TABLE} SET job_id = job_id ${INSERTED_TOO} WHERE 1 = 0`,
  DELETE: `DELETE FROM ${JOBS_TABLE} WHERE 1 = 0`,
};

export function judgeTable(shape: TableShape | undefined, mode: MigrateMode): readonly Finding[] {
  const subject = `table ${JOBS_TABLE}`;
  if (shape === undefined) {
    return mode === 'off'
      ? [fail(subject, 'is not there', 'Point DB_NAME at its database, or let the operator make it with DB_MIGRATE=create.')]
      : [ok(subject, `is not there yet; DB_MIGRATE=${mode} makes it at start`)];
  }
  const problems = shapeProblems(shape);
  if (problems.length > 0) {
    return problems.map((problem) => fail(subject, problem, 'The operator alters no table that it finds: mend it, or point DB_NAME at another database.'));
  }
  return [ok(subject, 'has the shape the operator needs'), ...judgeIndexes(shape, mode)];
}

function judgeIndexes(shape: TableShape, mode: MigrateMode): readonly Finding[] {
  const missing = missingIndexes(shape).map((column) =>
    warn(`index on ${column}`, 'is missing: each look reads the whole table', `ALTER TABLE ${JOBS_TABLE} ADD INDEX idx_${column} (${column}).`),
  );
  const hasOptional = shape.indexes.some(({ columns }) => columns[0] === 'updated_at');
  const subject = 'optional index on updated_at';
  if (hasOptional) return [...missing, ok(subject, 'is there: changed rows are found without looking at the others')];
  return [
    ...missing,
    mode === 'full'
      ? ok(subject, 'is not there yet; DB_MIGRATE=full makes it at start')
      : warn(subject, 'is not there: fine up to some thousand running rows', 'Run `jobs-operator migrate` with DB_MIGRATE=full.'),
  ];
}

/** @param error what the trial ended with; undefined when it went well */
export function judgeTrial(privilege: keyof typeof TRIALS, settings: DatabaseSettings, error: unknown): Finding {
  const subject = `privilege ${privilege} on ${JOBS_TABLE}`;
  if (error === undefined) return ok(subject, 'granted');
  if (error instanceof OperatorError && error.status !== undefined && DENIED.has(error.status)) {
    const advice = `GRANT ${privilege} ON ${table(settings)} TO the user ${settings.user}.`;
    if (error.status !== COLUMN_DENIED) return fail(subject, 'denied', advice);
    return fail(subject, 'denied for a column', `${advice} Less is enough: grants-operator.sql, and on MariaDB grants-operator-mariadb.sql on top.`);
  }
  return failure(subject, error);
}

/** What DB_MIGRATE will need beyond the four: MySQL asks for ALTER to add an index, and TypeORM's books are a table of their own. */
export function ddlNeeds(mode: MigrateMode, shape: TableShape | undefined): readonly ('CREATE' | 'ALTER')[] {
  if (mode === 'full') return ['CREATE', 'ALTER'];
  return mode === 'create' && shape === undefined ? ['CREATE'] : [];
}

/** @param grants lines of SHOW GRANTS */
export function judgeDdl(privilege: 'CREATE' | 'ALTER', settings: DatabaseSettings, grants: readonly string[]): Finding {
  const subject = `privilege ${privilege} for DB_MIGRATE`;
  const advice = `GRANT ${privilege} ON ${table(settings)} TO the user ${settings.user}, or run migrate as another user and set DB_MIGRATE=off.`;
  const verdicts: Readonly<Record<Held, Finding>> = {
    yes: ok(subject, 'granted'),
    no: fail(subject, 'not granted', advice),
    unknown: warn(subject, 'not granted directly; a role may hold it', advice),
  };
  return verdicts[holds(grants, { name: privilege, database: settings.name, table: JOBS_TABLE })];
}

function table({ name }: DatabaseSettings): string {
  return `\`${name.replaceAll('`', '``')}\`.\`${JOBS_TABLE}\``;
}
