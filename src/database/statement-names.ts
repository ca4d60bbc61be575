/** The names under which statements are counted (`jobs_operator_db_query_seconds{statement}`), all present from the start. */
export const STATEMENT_NAMES = [
  'connect',
  'read',
  'insert',
  'cancel',
  'stamp',
  'remove',
  'time',
  'scan',
  'watermark',
  'look',
  'index',
  'expired',
  'expired-unfinished',
  'isolation',
  'sweep-lock',
  'sweep',
  'begin',
  'commit',
  'shape',
] as const;

export type StatementName = (typeof STATEMENT_NAMES)[number];
