/** The names under which the operator's own statements are counted (`jobs_operator_db_query_seconds{statement}`), so that all are present from the start. */
export const STATEMENT_NAMES = [
  'connect',
  'read',
  'read-keyed',
  'read-tombstones',
  'insert',
  'cancel',
  'stamp',
  'remove',
  'remove-lock',
  'time',
  'scan',
  'waiting-digests',
  'waiting-ids',
  'watermark',
  'look',
  'index',
  'expired',
  'expired-unfinished',
  'isolation',
  'sweep-lock',
  'sweep',
  'write-tombstones',
  'due-tombstones',
  'purge-tombstones',
  'begin',
  'commit',
  'shape',
  'limits',
] as const;

/** `doctor` runs in a process of its own, where nothing is counted. */
export type StatementName = (typeof STATEMENT_NAMES)[number] | 'doctor';
