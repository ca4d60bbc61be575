/** The table's definition: the one place where its DDL stands. */

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
