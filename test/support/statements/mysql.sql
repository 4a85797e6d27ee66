CREATE TABLE `ct` (
  `a` int NOT NULL DEFAULT '0'
) START TRANSACTION
--> create-table <ct> (a) startTransaction

CREATE TABLE `ct` (`a` int) ENGINE=InnoDB START TRANSACTION
--> create-table <ct> (a) startTransaction

CREATE TABLE t (a INT) AS VALUES ROW(1), ROW(2)
--> create-table asSelect <t> (a)

CREATE TABLE t VALUES ROW(1)
--> create-table asSelect <t> ()

CREATE TABLE t TABLE u
--> create-table asSelect <t> ()

CREATE TABLE t (a INT) AS TABLE u
--> create-table asSelect <t> (a)

CREATE TABLE t (a JSON, INDEX m ((CAST(a->'$.x' AS UNSIGNED ARRAY))), UNIQUE KEY f ((LOWER(b))), b VARCHAR(10))
--> create-table <t> (a|b)

CREATE TABLE t (a INT /*!80016 CHECK (a > 0) */ /*!80023 INVISIBLE */, KEY (a) /*!80000 INVISIBLE */) /*!50100 TABLESPACE `innodb_system` */ ENGINE=InnoDB
--> create-table <t> (a) !

CREATE TABLE t (v VECTOR(3), vector INT)
--> create-table <t> (v|vector)

CREATE TABLE t (g GEOMETRY NOT NULL SRID 4326)
--> create-table <t> (g)

CREATE TABLE t (a INT) ENCRYPTION='Y' SECONDARY_ENGINE=NULL ENGINE_ATTRIBUTE='{"a": "b, c"}'
--> create-table <t> (a)

CREATE TABLE t (a INT COLUMN_FORMAT FIXED STORAGE DISK ENGINE_ATTRIBUTE '{}')
--> create-table <t> (a)

CREATE TABLE t (a INT) /*M! ENGINE=foo ' */
--> create-table <t> (a)

ALTER TABLE t ADD COLUMN vector INT
--> alter-table <t> [add-column vector]

ALTER TABLE t DROP CHECK c
--> alter-table <t> [drop-key c]

ALTER TABLE t ALTER CHECK c NOT ENFORCED
--> alter-table <t> [option ALTER]

ALTER TABLE t ALTER CONSTRAINT c ENFORCED
--> alter-table <t> [option ALTER]

ALTER TABLE t ALTER INDEX i INVISIBLE
--> alter-table <t> [option ALTER]

ALTER TABLE t ALTER COLUMN a SET INVISIBLE
--> alter-table <t> [alter-column a]

ALTER TABLE t ADD INDEX f ((a + b)), ADD COLUMN c INT AFTER a
--> alter-table <t> [add-key; add-column c after a]

ALTER TABLE t ADD INDEX d (a DESC) INVISIBLE
--> alter-table <t> [add-key]

ALTER TABLE t WITHOUT VALIDATION, ADD COLUMN c INT AS (a + 1) VIRTUAL
--> alter-table <t> [option WITHOUT; add-column c]

ALTER TABLE t ADD COLUMN c INT, WITH VALIDATION
--> alter-table <t> [add-column c; option WITH]

ALTER TABLE t SECONDARY_LOAD
--> alter-table <t> [option SECONDARY_LOAD]

ALTER TABLE t SECONDARY_ENGINE = NULL
--> alter-table <t> [option SECONDARY_ENGINE]

ALTER TABLE t TABLESPACE innodb_file_per_table
--> alter-table <t> [option TABLESPACE]

ALTER TABLE t ENCRYPTION='N'
--> alter-table <t> [option ENCRYPTION]

ALTER TABLE t ALGORITHM=COPY, DROP PARTITION p0
--> alter-table <t> [option ALGORITHM; partition PARTITION]

ALTER TABLE t IMPORT PARTITION p0, p1 TABLESPACE
--> alter-table <t> [partition IMPORT]

ALTER TABLE t OPTIMIZE PARTITION p0
--> alter-table <t> [partition OPTIMIZE]

ALTER TABLE t STATS_PERSISTENT=1, STATS_AUTO_RECALC=DEFAULT, STATS_SAMPLE_PAGES=10
--> alter-table <t> [option STATS_PERSISTENT; option STATS_AUTO_RECALC; option STATS_SAMPLE_PAGES]

ALTER TABLE t AUTOEXTEND_SIZE = 4M
--> alter-table <t> [option AUTOEXTEND_SIZE]

ALTER DATABASE shop READ ONLY = 1
--> alter-database "shop"

ALTER DATABASE READ ONLY = 0
--> alter-database default

ALTER DATABASE encryption COLLATE utf8mb4_bin
--> alter-database "encryption"

CREATE DATABASE shop DEFAULT ENCRYPTION = 'N'
--> create-database "shop"

DROP SCHEMA `shop`;
--> drop-database "shop"

CREATE VIEW IF NOT EXISTS v AS SELECT 1
--> create-view <v>

CREATE TRIGGER IF NOT EXISTS g BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1
--> create-trigger trigger <g> <t>

CREATE PROCEDURE IF NOT EXISTS p () SELECT 1
--> routine create procedure

CREATE LIBRARY IF NOT EXISTS l LANGUAGE JAVASCRIPT AS $$ export function f() { return "a; b"; } $$
--> routine create library

DROP LIBRARY IF EXISTS l
--> routine drop library

CREATE FUNCTION js (a INT) RETURNS INT LANGUAGE JAVASCRIPT AS $$ return a $$
--> routine create function

CREATE SPATIAL REFERENCE SYSTEM 4120 NAME 'Greek' DEFINITION 'GEOGCS["Greek"]'
--> other CREATE SPATIAL

CREATE OR REPLACE SPATIAL REFERENCE SYSTEM 4120 NAME 'Greek' DEFINITION 'x'
--> other CREATE SPATIAL

DROP SPATIAL REFERENCE SYSTEM IF EXISTS 4120
--> other DROP SPATIAL

CREATE TABLESPACE ts ADD DATAFILE 'ts.ibd' ENGINE=InnoDB
--> other CREATE TABLESPACE

CREATE UNDO TABLESPACE u ADD DATAFILE 'u.ibu'
--> other CREATE UNDO

ALTER UNDO TABLESPACE u SET INACTIVE
--> other ALTER UNDO

DROP TABLESPACE ts
--> other DROP TABLESPACE

CREATE RESOURCE GROUP rg TYPE = USER
--> other CREATE RESOURCE

ALTER RESOURCE GROUP rg DISABLE
--> other ALTER RESOURCE

DROP RESOURCE GROUP rg
--> other DROP RESOURCE

ALTER INSTANCE ROTATE INNODB MASTER KEY
--> other ALTER INSTANCE

CREATE LOGFILE GROUP g ADD UNDOFILE 'u.dat' ENGINE=NDB
--> other CREATE LOGFILE

CREATE SERVER s FOREIGN DATA WRAPPER mysql OPTIONS (USER 'u')
--> other CREATE SERVER

ALTER SERVER s OPTIONS (USER 'v')
--> other ALTER SERVER

CREATE USER 'u'@'%' IDENTIFIED WITH 'caching_sha2_password' AS '$A$005$x' REQUIRE NONE PASSWORD EXPIRE DEFAULT
--> account CREATE USER

ALTER USER u DEFAULT ROLE ALL
--> account ALTER USER

SET PERSIST max_connections = 5
--> set

RESET PERSIST
--> other RESET

RESET BINARY LOGS AND GTIDS
--> other RESET

CLONE LOCAL DATA DIRECTORY = '/tmp/x'
--> other CLONE

RESTART
--> other RESTART

IMPORT TABLE FROM '/tmp/t.sdi'
--> other IMPORT

INSTALL COMPONENT 'file://x'
--> other INSTALL

UNINSTALL COMPONENT 'file://x'
--> other UNINSTALL

CHANGE REPLICATION SOURCE TO SOURCE_HOST='h'
--> other CHANGE

START REPLICA
--> other START

STOP REPLICA
--> other STOP

START GROUP_REPLICATION
--> other START

TABLE t
--> dml TABLE incomplete

VALUES ROW(1)
--> dml VALUES incomplete

INSERT INTO t TABLE u
--> dml INSERT <t>

LOCK INSTANCE FOR BACKUP
--> other LOCK

FLUSH BINARY LOGS
--> maintenance FLUSH

ANALYZE TABLE t UPDATE HISTOGRAM ON a, b WITH 10 BUCKETS
--> maintenance ANALYZE <t>

XA RECOVER
--> transaction XA

GRANT r TO u WITH ADMIN OPTION
--> account GRANT

DROP TABLE IF EXISTS `ct` /* generated by server */
--> drop-table ifExists <ct>

CREATE INDEX i ON t ((a + 1), (LOWER(b)) DESC) INVISIBLE
--> create-index index i <t>

CREATE TABLE child (a INT, b INT, FOREIGN KEY fk_name (a) REFERENCES p (a) MATCH FULL ON DELETE RESTRICT)
--> create-table <child> <p> (a|b) references <p>

CREATE TABLE t (a INT, b INT) PARTITION BY RANGE (a) SUBPARTITION BY HASH (b) SUBPARTITIONS 2 (PARTITION p0 VALUES LESS THAN (5) (SUBPARTITION s0, SUBPARTITION s1))
--> create-table <t> (a|b)

CREATE TABLE t (a INT, b INT GENERATED ALWAYS AS (a + 1) VIRTUAL, c INT AS (a * 2) STORED NOT NULL)
--> create-table <t> (a|b|c)

DROP INDEX i ON t ALGORITHM=INPLACE LOCK=NONE
--> drop-index index i <t>

ALTER TABLE t ADD COLUMN c INT CONSTRAINT first CHECK (c > 0)
--> alter-table <t> [add-column c]

ALTER TABLE t EXCHANGE PARTITION p0 WITH TABLE u WITHOUT VALIDATION
--> alter-table <t> <u> [exchange-partition <u>]

SET DEFAULT ROLE r TO u
--> account SET ROLE

ALTER TABLE t ADD period INT, ADD versioning INT FIRST
--> alter-table <t> [add-column period; add-column versioning first]

CREATE TABLE first (a INT REFERENCES first, b INT)
--> create-table <first> <first> (a|b) references <first>

ALTER TABLE t ADD COLUMN c INT REFERENCES first
--> alter-table <t> <first> [add-column c]

ALTER TABLE t ADD COLUMN c INT REFERENCES p FIRST
--> alter-table <t> <p> [add-column c first]

CREATE JSON RELATIONAL DUALITY VIEW v AS SELECT JSON_DUALITY_OBJECT('_id': a) FROM t
--> create-view <v>

