/** The tables' definitions: the one place where their DDL stands. */

export const JOBS_TABLE = 'jobs';

/** Optional; with it the change feed finds changed rows without looking at the others. */
export const UPDATED_AT_INDEX = 'idx_updated_at';

const COLUMNS_AND_INDEXES = `    job_id VARCHAR(36) PRIMARY KEY,
    type ENUM('clone', 'restore', 'delete') NOT NULL,
    status ENUM('pending', 'running', 'completed', 'failed', 'cancelled') NOT NULL DEFAULT 'pending',
    progress INT DEFAULT 0,
    request_payload JSON NOT NULL,
    result JSON NULL,
    error TEXT NULL,
    created_at TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
    completed_at TIMESTAMP NULL,
    ttl_expires_at TIMESTAMP NULL,

    INDEX idx_status (status),
    INDEX idx_type (type),
    INDEX idx_created_at (created_at),
    INDEX idx_ttl_expires_at (ttl_expires_at)`;

/**
 * The table that workers and other producers know, column for column. NULL is spelled out where MySQL 8
 * assumes it, so that older settings (`explicit_defaults_for_timestamp=OFF`) make the same table.
 */
export const CREATE_JOBS_TABLE = `CREATE TABLE IF NOT EXISTS ${JOBS_TABLE} (
${COLUMNS_AND_INDEXES}
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci`;

/** Online: the table is read and written meanwhile. */
export const ADD_UPDATED_AT_INDEX = `ALTER TABLE ${JOBS_TABLE} ADD INDEX ${UPDATED_AT_INDEX} (updated_at), ALGORITHM=INPLACE, LOCK=NONE`;

/**
 * The operator's own, optional: what is left of removed rows that had an idempotency key. Only `DB_MIGRATE=full` makes it; without it
 * keyed Jobs are refused.
 */
export const TOMBSTONES_TABLE = 'jobs_tombstones';

/** How the key of `jobs` is declared where this project made that table. */
export const JOB_ID_TYPE = 'VARCHAR(36)';

/**
 * Every column holds whatever an adopted `jobs` may have in its place: longer ids in another collation, wider text, fractions of a
 * second. `result` is the text that the server prints, since a copy that some JSON parser refuses would keep its row from going.
 *
 * @param jobIdType the declaration of `jobs.job_id`, so that two ids are one here if and only if they are one there
 */
export function createTombstonesTable(jobIdType: string): string {
  return `CREATE TABLE IF NOT EXISTS ${TOMBSTONES_TABLE} (
    job_id ${jobIdType} PRIMARY KEY,
    type ENUM('clone', 'restore', 'delete') NOT NULL,
    payload_digest CHAR(22) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    status ENUM('completed', 'failed', 'cancelled') NOT NULL,
    result LONGTEXT NULL,
    error LONGTEXT NULL,
    created_at TIMESTAMP(6) NULL,
    completed_at TIMESTAMP(6) NULL,
    ttl_expires_at TIMESTAMP(6) NULL,
    removed_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,

    INDEX idx_removed_at (removed_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci`;
}
