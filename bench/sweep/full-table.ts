/** A jobs table as it looks after months without a sweep: made by the server itself, in a minute or so for two million rows. */

import type { Connection } from 'mysql2/promise';
import type { Database } from '../../dev/database.ts';
import { CREATE_JOBS_TABLE } from '../../src/database/jobs-table.ts';

/** Rows that workers have in hand, beside those that were asked for. */
export const WORK_ROWS = 2_000;

/** Rows of one statement. */
const CHUNK = 50_000;

const INDEXES = ['status', 'type', 'created_at', 'ttl_expires_at'] as const;

const each = (what: (column: string) => string): string => INDEXES.map(what).join(', ');

/**
 * Row number `i`: every other one is finished and expired, by an hour to a month. Of the rest, half keep for a month, half for ever. Payloads
 * have some 300 bytes. Ids are random UUIDs of version 4; each chunk has its own range of them, in order, so that the table is filled from left to right.
 */
const FILL = `INSERT INTO jobs (job_id, type, status, progress, request_payload, result, error, created_at, updated_at, completed_at, ttl_expires_at)
SELECT
  CONCAT(LPAD(LOWER(HEX(FLOOR((? + RAND()) / ? * 4294967296))), 8, '0'), '-', INSERT(INSERT(INSERT(LOWER(HEX(RANDOM_BYTES(11))), 5, 0, '-4'), 10, 0, '-8'), 15, 0, '-')) AS id,
  ELT(1 + i % 3, 'clone', 'restore', 'delete'),
  IF(i % 20 = 0, 'cancelled', IF(i % 7 = 0, 'failed', 'completed')),
  100,
  JSON_OBJECT('source_url', CONCAT('https://example.com/', i), 'customer_id', CONCAT('customer-', i % 997), 'options', REPEAT('x', 200)),
  JSON_OBJECT('clone_url', CONCAT('https://clone-', i, '.example.com')),
  NULL,
  NOW() - INTERVAL 40 DAY, NOW() - INTERVAL 40 DAY, NOW() - INTERVAL 40 DAY,
  IF(i % 2 = 0, NOW() - INTERVAL 3600 + i % 2500000 SECOND, IF(i % 4 = 1, NOW() + INTERVAL 30 DAY, NULL))
FROM (SELECT ? + a.n * 250 + b.n AS i FROM numbers AS a JOIN numbers AS b ON a.n < ? AND b.n < 250) AS chunk
ORDER BY id`;

const WORK = `INSERT INTO jobs (job_id, type, status, request_payload) SELECT CONCAT(LPAD(LOWER(HEX(n * 2147483)), 8, '0'), '-work-', n), 'clone', 'running', JSON_OBJECT('n', n) FROM numbers`;

/** Fills an empty database. @param onRows told how many rows there are */
export async function fillTable(database: Database, rows: number, onRows: (rows: number) => void): Promise<void> {
  const admin = await database.connectAsAdmin();
  try {
    // What is not measured need not be in the binary log.
    await admin.query('SET sql_log_bin = 0');
    await admin.query(CREATE_JOBS_TABLE);
    await admin.query(`ALTER TABLE jobs ${each((column) => `DROP INDEX idx_${column}`)}`);
    await admin.query('CREATE TABLE numbers (n INT PRIMARY KEY)');
    await admin.query('INSERT INTO numbers VALUES ?', [Array.from({ length: WORK_ROWS }, (_, n) => [n])]);
    const chunks = Math.ceil(rows / CHUNK);
    for (let chunk = 0; chunk < chunks; chunk += 1) {
      const size = Math.min(CHUNK, rows - chunk * CHUNK);
      await admin.query(FILL, [chunk, chunks, chunk * CHUNK, Math.ceil(size / 250)]);
      onRows(chunk * CHUNK + size);
    }
    await admin.query(WORK);
    await finish(admin);
  } finally {
    await admin.end();
  }
}

/** The same rows, in an empty database of the same server. */
export async function copyTable(from: Database, to: Database): Promise<void> {
  const admin = await to.connectAsAdmin();
  try {
    await admin.query('SET sql_log_bin = 0');
    await admin.query(CREATE_JOBS_TABLE);
    await admin.query(`ALTER TABLE jobs ${each((column) => `DROP INDEX idx_${column}`)}`);
    await admin.query(`INSERT INTO jobs SELECT * FROM \`${from.name}\`.jobs ORDER BY job_id`);
    await finish(admin);
  } finally {
    await admin.end();
  }
}

/** Indexes are built at once when the rows are there, and the optimizer is told what it would know of an old table. */
async function finish(admin: Connection): Promise<void> {
  await admin.query(`ALTER TABLE jobs ${each((column) => `ADD INDEX idx_${column} (${column})`)}`);
  await admin.query('ANALYZE TABLE jobs');
}

export async function countExpired(database: Database): Promise<number> {
  const connection = await database.connect();
  try {
    const [rows] = await connection.query("SELECT COUNT(*) AS count FROM jobs WHERE ttl_expires_at < NOW() AND status IN ('completed', 'failed', 'cancelled')");
    return Number((rows as { count: number }[])[0]?.count);
  } finally {
    await connection.end();
  }
}
