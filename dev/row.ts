/** A row of the jobs table as an outsider reads it. */

/** All text and numbers: times are Unix seconds, JSON is as MySQL prints it. */
export interface Row {
  readonly job_id: string;
  readonly type: string;
  readonly status: string;
  readonly progress: number | null;
  readonly request_payload: string;
  readonly result: string | null;
  readonly error: string | null;
  readonly created_at: number | null;
  readonly updated_at: number | null;
  readonly completed_at: number | null;
  readonly ttl_expires_at: number | null;
}

/** Each column so that nothing is rounded and no time zone applies. @param of where it is read, such as `NEW.` */
const EXPRESSIONS: Readonly<Record<keyof Row, (of: string) => string>> = {
  job_id: (of) => `${of}job_id`,
  type: (of) => `${of}type`,
  status: (of) => `${of}status`,
  progress: (of) => `${of}progress`,
  request_payload: (of) => `CAST(${of}request_payload AS CHAR)`,
  result: (of) => `CAST(${of}result AS CHAR)`,
  error: (of) => `${of}error`,
  created_at: (of) => `UNIX_TIMESTAMP(${of}created_at)`,
  updated_at: (of) => `UNIX_TIMESTAMP(${of}updated_at)`,
  completed_at: (of) => `UNIX_TIMESTAMP(${of}completed_at)`,
  ttl_expires_at: (of) => `UNIX_TIMESTAMP(${of}ttl_expires_at)`,
};

/** What to select for a `Row`, on a connection with `jsonStrings`. */
export const ROW_COLUMNS = Object.entries(EXPRESSIONS)
  .map(([column, expression]) => `${expression('')} AS ${column}`)
  .join(', ');

/** A `Row` as one JSON value; the JSON in it is text, so that its numbers stay whole. */
export function rowAsJson(of: string): string {
  return `JSON_OBJECT(${Object.entries(EXPRESSIONS).map(([column, expression]) => `'${column}', ${expression(of)}`).join(', ')})`;
}
