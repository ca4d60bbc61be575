/**
 * What counts as an external effect, and how one is named. Whatever is not known to be a read is an effect, so that a new
 * statement or request is one from the day it is written.
 */

/** When the process dies: before anything is sent; when it is sent and no answer was read; when the answer is there and nobody was told. */
export const MOMENTS = ['before', 'sent', 'answered'] as const;
export type Moment = (typeof MOMENTS)[number];

/** The `occurrence`-th effect (from 1) of this name in the life of a process. */
export interface Effect {
  readonly name: string;
  readonly occurrence: number;
}

/** `sleeps`: it is stopped (SIGSTOP), and goes on from there 20 s later, while another one leads. */
export type Fate = 'dies' | 'sleeps';

export interface CrashPoint extends Effect {
  readonly moment: Moment;
  /** Default: it dies. */
  readonly fate?: Fate;
}

/** What effect-probe.ts is told: a file that it writes a line to for each effect, and a `CrashPoint` as JSON. */
export const JOURNAL_VARIABLE = 'TEST_EFFECT_JOURNAL';
export const CRASH_POINT_VARIABLE = 'TEST_CRASH_POINT';

/** `PATCH jobs/plain/status`; undefined for a read. Generated names are left out, so that two runs name their effects alike. */
export function requestEffect(method: string, path: string): string | undefined {
  if (method === 'GET') return undefined;
  const [route = ''] = path.split('?', 1);
  const resource = route.replace(/^.*\/namespaces\/[^/]+\//, '').replace(/^\/apis?\//, '');
  return `${method} ${resource.replaceAll(/[^/]*[.\d][^/]*/g, '*')}`;
}

/** A read that neither locks nor is for anybody else to see; settings of the session; the begin of a transaction, which nothing follows from. */
const NO_EFFECT = /^(?:SELECT(?![^]*(?:FOR UPDATE|FOR SHARE|LOCK IN SHARE MODE|GET_LOCK|RELEASE_LOCK))|SHOW|EXPLAIN|SET(?! +GLOBAL)|START TRANSACTION|BEGIN)\b/i;

/** `UPDATE jobs: status, completed_at`; undefined for a read. Never a value of the statement. */
export function statementEffect(sql: string): string | undefined {
  const shape = sql.trim().replaceAll(/'(?:[^'\\]|\\.|'')*'|\b\d+\b/g, '?').replaceAll('`', '').replaceAll(/\s+/g, ' ');
  if (NO_EFFECT.test(shape)) return undefined;
  const update = /^UPDATE (\S+) SET (.*?)(?: WHERE |$)/i.exec(shape);
  if (update) {
    const columns = [...(update[2] ?? '').matchAll(/(?:^|, )(\w+) = /g)].map(([, column]) => column);
    return `UPDATE ${update[1]}: ${columns.join(', ')}`;
  }
  const lock = /^SELECT.*?\b(GET_LOCK|RELEASE_LOCK|FROM \w+ .*(?:FOR UPDATE|FOR SHARE|LOCK IN SHARE MODE))/i.exec(shape)?.[1];
  if (lock !== undefined) return `SELECT … ${lock.replace(/^(FROM \w+) .* (FOR \w+|LOCK.*)$/i, '$1 … $2')}`;
  const [, verb, table] = /^(INSERT INTO|DELETE FROM|REPLACE INTO|(?:CREATE|ALTER|DROP) \w+)(?: IF (?:NOT )?EXISTS)? (?:\w+\.)?(\w+)/i.exec(shape) ?? [];
  return table === undefined ? shape.slice(0, 40) : `${verb} ${table}`;
}

/** The effect without the name of the Job that it happens to: what a table counts by. */
export function kindOf({ name }: Effect): string {
  return name.replace(/^(\w+) jobs\/[^/]+/, '$1 jobs/{name}');
}

export function describePoint({ name, occurrence, moment }: CrashPoint): string {
  return `${moment}: ${name} (${occurrence})`;
}
