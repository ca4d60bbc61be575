-- The operator's login (DB_USER in config.env): what its statements need, column by column, and nothing else. The progress, result, error
-- and payload of a row are out of its reach, and so is every other table. Run it as an administrator, once the table is
-- there (jobs-table.sql). Change the password here and in the Secret rds-password, and names that differ.
CREATE USER IF NOT EXISTS 'jobs_operator'@'%' IDENTIFIED BY 'change-me';

GRANT SELECT, DELETE,
  INSERT (job_id, type, status, progress, request_payload, completed_at, ttl_expires_at),
  -- job_id is set to itself, by an INSERT that finds its id taken; updated_at too, so that a TTL stamp is no news to workers.
  UPDATE (job_id, status, completed_at, updated_at, ttl_expires_at)
  ON `wordpress`.`jobs` TO 'jobs_operator'@'%';

-- The memory of removed rows with an idempotencyKey is the operator's own. CREATE is how a privilege is given on a table that is not
-- there yet, and is taken back at once.
GRANT CREATE, SELECT, INSERT, UPDATE, DELETE ON `wordpress`.`jobs_tombstones` TO 'jobs_operator'@'%';
REVOKE CREATE ON `wordpress`.`jobs_tombstones` FROM 'jobs_operator'@'%';
