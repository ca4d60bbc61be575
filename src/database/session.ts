/** What every connection is told before its first statement, and what it tells about the server. */

/** What one connection learned of its server. */
export interface Server {
  /** The longest statement the server takes, in bytes. */
  readonly maxAllowedPacket: number;
  /** As `VERSION()` prints it. */
  readonly version: string;
}

/** Seconds that a statement waits for another's row lock; with the 10 s in which an INSERT may start it stays below the 20 s that no row is removed in. */
const LOCK_WAIT_SECONDS = 5;

/** Bytes of a text that an aggregate makes; cut beyond, in silence. The digests of all shards have some 6 KB at most (statements/scan-rows.ts). */
const GROUP_BYTES = 65_536;

/**
 * Strict, so that nothing is cut or turned into '' in silence, and without NO_BACKSLASH_ESCAPES, which
 * the driver's escaping does not know of.
 */
const SQL_MODE = 'STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';

/**
 * One statement for all settings. NOW() is UTC whatever zone the server lives in. The comments are
 * executable: the first is for MySQL, the second for MariaDB, which spells both differently.
 *
 * @param statementMs the server stops a SELECT (MariaDB: any statement) after this long; 0 for never
 */
export function sessionSettings(statementMs: number): string {
  return (
    `SET NAMES utf8mb4 COLLATE utf8mb4_unicode_ci, autocommit = 1, time_zone = '+00:00', sql_mode = '${SQL_MODE}', ` +
    `innodb_lock_wait_timeout = ${LOCK_WAIT_SECONDS}, group_concat_max_len = ${GROUP_BYTES}` +
    `/*!80000 , transaction_isolation = 'REPEATABLE-READ', max_execution_time = ${Math.ceil(statementMs)} */` +
    `/*M!100100 , tx_isolation = 'REPEATABLE-READ', max_statement_time = ${(statementMs / 1000).toFixed(3)} */`
  );
}

export const SERVER_QUERY = 'SELECT @@max_allowed_packet AS maxAllowedPacket, VERSION() AS version';
