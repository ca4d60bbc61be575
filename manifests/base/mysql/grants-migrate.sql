-- The login of `jobs-operator migrate` (the component migrate): makes the tables that are missing and, with DB_MIGRATE=full, an index
-- on updated_at. It reads and changes no row of jobs. Run it as an administrator, before or after the tables are there.
-- Change the password here and in the Secret rds-migrate-password, and names that differ.
CREATE USER IF NOT EXISTS 'jobs_migrate'@'%' IDENTIFIED BY 'change-me';

-- REFERENCES because a user without any privilege on a column does not see that it is there, and this one reads nothing.
GRANT CREATE, ALTER, REFERENCES ON `wordpress`.`jobs` TO 'jobs_migrate'@'%';
GRANT CREATE ON `wordpress`.`jobs_tombstones` TO 'jobs_migrate'@'%';
-- Which migrations have run.
GRANT CREATE, SELECT, INSERT ON `wordpress`.`jobs_operator_migrations` TO 'jobs_migrate'@'%';
