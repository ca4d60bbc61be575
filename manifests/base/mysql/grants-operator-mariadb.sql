-- On MariaDB, after grants-operator.sql: an INSERT that may find its id taken needs UPDATE on each column that it inserts, although it sets
-- job_id alone. MySQL asks for that one only. Without it every INSERT fails with error 1143.
GRANT UPDATE (type, progress, request_payload) ON `wordpress`.`jobs` TO 'jobs_operator'@'%';
