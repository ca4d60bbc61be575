-- Optional, for FEED=binlog: the operator's login may also follow the server's binary log. These two are privileges on the whole
-- server, and the log holds the changes of every table in it: leave them out unless polling is too slow for you.
GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO 'jobs_operator'@'%';
