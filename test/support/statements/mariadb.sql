CREATE OR REPLACE TABLE t (a INT)
--> create-table orReplace <t> (a)

CREATE OR REPLACE TABLE `ct` (
  `a` int(1) NOT NULL
)
--> create-table orReplace <ct> (a)

CREATE OR REPLACE TEMPORARY TABLE t (a INT)
--> create-table orReplace temporary <t> (a)

CREATE OR REPLACE TABLE t LIKE u
--> create-table orReplace <t> <u> like <u>

CREATE TABLE t (a INT) WITH SYSTEM VERSIONING
--> create-table <t> (a)

CREATE TABLE t (a INT, s TIMESTAMP(6) GENERATED ALWAYS AS ROW START, e TIMESTAMP(6) GENERATED ALWAYS AS ROW END, PERIOD FOR SYSTEM_TIME (s, e)) WITH SYSTEM VERSIONING
--> create-table <t> (a|s|e)

CREATE TABLE t (a INT, s DATE, e DATE, PERIOD FOR p (s, e), UNIQUE (a, p WITHOUT OVERLAPS))
--> create-table <t> (a|s|e)

CREATE TABLE t (a INT) WITH SYSTEM VERSIONING PARTITION BY SYSTEM_TIME (PARTITION p HISTORY, PARTITION c CURRENT)
--> create-table <t> (a)

CREATE TABLE t (a VARCHAR(200) COMPRESSED, b UUID, c INET6, d JSON)
--> create-table <t> (a|b|c|d)

CREATE TABLE t (a VARCHAR(200) /*M!100301 COMPRESSED*/ DEFAULT NULL)
--> create-table <t> (a) !

CREATE TABLE t (a INT) ENGINE=Aria TRANSACTIONAL=1 PAGE_CHECKSUM=1
--> create-table <t> (a)

CREATE TABLE t (a INT DEFAULT NEXT VALUE FOR s, b INT DEFAULT (a + 1))
--> create-table <t> (a|b)

CREATE TABLE t (a INT, b INT AS (a + 1) PERSISTENT)
--> create-table <t> (a|b)

CREATE TABLE t (a INT INVISIBLE DEFAULT 4)
--> create-table <t> (a)

CREATE TABLE t (a INT) SELECT 1 AS a
--> create-table asSelect <t> (a)

CREATE TABLE t (a INT WITH SYSTEM VERSIONING, b INT WITHOUT SYSTEM VERSIONING)
--> create-table <t> (a|b)

CREATE TABLE t (period INT, system INT, sequence INT, vector INT)
--> create-table <t> (period|system|sequence|vector)

CREATE TABLE t (a INT) SEQUENCE=0
--> create-table <t> (a)

CREATE TABLE /*M!100000 IF NOT EXISTS */ t (a INT)
--> create-table ifNotExists <t> (a) !

CREATE OR REPLACE DATABASE shop
--> create-database orReplace "shop"

CREATE DATABASE shop COMMENT 'x'
--> create-database "shop"

ALTER DATABASE COMMENT 'x'
--> alter-database default

ALTER DATABASE `x` UPGRADE DATA DIRECTORY NAME
--> alter-database "x"

CREATE OR REPLACE INDEX i ON t (a)
--> create-index index i <t>

CREATE INDEX IF NOT EXISTS i ON t (a)
--> create-index conditional index i <t>

DROP INDEX IF EXISTS i ON t
--> drop-index conditional index i <t>

DROP TABLE IF EXISTS t, u WAIT 5
--> drop-table ifExists <t> <u>

DROP TABLE t NOWAIT
--> drop-table <t>

RENAME TABLE IF EXISTS a TO b
--> rename-table ifExists <a> <b> <a>><b>

RENAME TABLE a WAIT 10 TO b, c NOWAIT TO d
--> rename-table <a> <b> <c> <d> <a>><b> <c>><d>

TRUNCATE TABLE t WAIT 1
--> truncate-table <t>

ALTER ONLINE TABLE t ADD COLUMN c INT
--> alter-table <t> [add-column c]

ALTER IGNORE TABLE t ADD UNIQUE (a)
--> alter-table <t> [add-key]

ALTER TABLE IF EXISTS t ADD COLUMN c INT
--> alter-table ifExists <t> [add-column c]

ALTER TABLE t WAIT 10 ADD COLUMN c INT
--> alter-table <t> [add-column c]

ALTER TABLE t NOWAIT ADD COLUMN c INT AFTER a
--> alter-table <t> [add-column c after a]

ALTER TABLE t ADD COLUMN IF NOT EXISTS c INT AFTER b
--> alter-table <t> [add-column c after b ifNotExists]

ALTER TABLE t ADD IF NOT EXISTS c INT, ADD IF NOT EXISTS d INT
--> alter-table <t> [add-column c ifNotExists; add-column d ifNotExists]

ALTER TABLE t ADD COLUMN IF NOT EXISTS (c INT, d INT)
--> alter-table <t> [add-column c ifNotExists; add-column d ifNotExists]

ALTER TABLE t DROP COLUMN IF EXISTS c, DROP INDEX IF EXISTS i, DROP FOREIGN KEY IF EXISTS f, DROP CONSTRAINT IF EXISTS k
--> alter-table <t> [drop-column c ifExists; drop-key i; drop-key f; drop-key k]

ALTER TABLE t DROP IF EXISTS c RESTRICT
--> alter-table <t> [drop-column c ifExists]

ALTER TABLE t MODIFY COLUMN IF EXISTS c BIGINT FIRST
--> alter-table <t> [modify-column c first ifExists]

ALTER TABLE t CHANGE COLUMN IF EXISTS c d INT AFTER a
--> alter-table <t> [change-column c>d after a ifExists]

ALTER TABLE t RENAME COLUMN IF EXISTS a TO b
--> alter-table <t> [rename-column a>b ifExists]

ALTER TABLE t RENAME INDEX IF EXISTS a TO b
--> alter-table <t> [rename-key a>b]

ALTER TABLE t ALTER COLUMN IF EXISTS a SET DEFAULT 1
--> alter-table <t> [alter-column a]

ALTER TABLE t ADD INDEX IF NOT EXISTS i (a)
--> alter-table <t> [add-key]

ALTER TABLE t ADD FOREIGN KEY IF NOT EXISTS f (a) REFERENCES p (a)
--> alter-table <t> <p> [add-key]

ALTER TABLE t ADD CONSTRAINT IF NOT EXISTS c CHECK (a > 0)
--> alter-table <t> [add-key]

ALTER TABLE t ADD PARTITION IF NOT EXISTS (PARTITION p1 VALUES LESS THAN (9))
--> alter-table <t> [partition PARTITION]

ALTER TABLE t DROP PARTITION IF EXISTS p0, p1
--> alter-table <t> [partition PARTITION]

ALTER TABLE t ADD SYSTEM VERSIONING
--> alter-table <t> [system-versioning]

ALTER TABLE t DROP SYSTEM VERSIONING
--> alter-table <t> [system-versioning]

ALTER TABLE t ADD PERIOD FOR p (s, e)
--> alter-table <t> [add-key]

ALTER TABLE t DROP PERIOD FOR SYSTEM_TIME
--> alter-table <t> [drop-key SYSTEM_TIME]

ALTER TABLE t ADD PERIOD FOR SYSTEM_TIME (s, e), ADD SYSTEM VERSIONING
--> alter-table <t> [add-key; system-versioning]

ALTER TABLE t ADD COLUMN system INT, ADD COLUMN period INT AFTER system
--> alter-table <t> [add-column system; add-column period after system]

ALTER TABLE t ALTER INDEX i IGNORED
--> alter-table <t> [option ALTER]

ALTER TABLE t CONVERT PARTITION p0 TO TABLE shop.u
--> alter-table <t> <shop><u> [partition-to-table <shop><u>]

ALTER TABLE t CONVERT TABLE u TO PARTITION p1 VALUES LESS THAN (10)
--> alter-table <t> <u> [table-to-partition <u>; partition PARTITION]

ALTER TABLE t ENGINE=Aria TRANSACTIONAL=0
--> alter-table <t> [option ENGINE]

ALTER TABLE t `option` = 'x'
--> alter-table <t> [option `option`]

ALTER TABLE t my_option=5, ADD COLUMN c INT
--> alter-table <t> [option MY_OPTION; add-column c]

ALTER TABLE t ADD COLUMN c INT DEFAULT NEXTVAL(s) AFTER a
--> alter-table <t> [add-column c after a]

ALTER TABLE t ADD COLUMN c INT INVISIBLE FIRST
--> alter-table <t> [add-column c first]

ALTER TABLE t MODIFY c VARCHAR(100) COMPRESSED=zlib
--> alter-table <t> [modify-column c]

ALTER TABLE t ALGORITHM=NOCOPY, LOCK=SHARED, DROP COLUMN c
--> alter-table <t> [option ALGORITHM; option LOCK; drop-column c]

ALTER TABLE t RENAME TO u, ADD COLUMN c INT
--> alter-table <t> <u> [rename-table <u>; add-column c]

SET STATEMENT max_statement_time=100 FOR ALTER TABLE t ADD COLUMN c INT
--> alter-table <t> [add-column c]

SET STATEMENT max_statement_time=GREATEST(1,2), sort_buffer_size=100000 FOR DROP TABLE a, b
--> drop-table <a> <b>

SET STATEMENT max_statement_time=1 FOR INSERT INTO t VALUES (1)
--> dml INSERT <t>

CREATE SEQUENCE s START WITH 1 INCREMENT BY 1
--> create-sequence <s>

CREATE OR REPLACE SEQUENCE shop.s
--> create-sequence <shop><s>

CREATE SEQUENCE IF NOT EXISTS s CACHE 10 CYCLE
--> create-sequence <s>

CREATE TEMPORARY SEQUENCE s
--> create-sequence temporary <s>

ALTER SEQUENCE s RESTART 5
--> alter-sequence <s>

ALTER SEQUENCE IF EXISTS shop.s MAXVALUE 100
--> alter-sequence <shop><s>

DROP SEQUENCE s, shop.u
--> drop-sequence <s> <shop><u>

DROP SEQUENCE IF EXISTS s
--> drop-sequence <s>

CREATE OR REPLACE VIEW IF NOT EXISTS v AS SELECT 1
--> create-view <v>

CREATE VIEW IF NOT EXISTS v AS SELECT 1
--> create-view <v>

CREATE OR REPLACE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1
--> create-trigger trigger <g> <t>

CREATE TRIGGER IF NOT EXISTS shop.g AFTER INSERT ON shop.t FOR EACH ROW PRECEDES h SET @a = 1
--> create-trigger trigger <shop><g> <shop><t>

CREATE OR REPLACE PROCEDURE p () SELECT 1
--> routine create procedure

CREATE OR REPLACE FUNCTION f () RETURNS INT RETURN 1
--> routine create function

CREATE AGGREGATE FUNCTION f (a INT) RETURNS INT BEGIN DECLARE CONTINUE HANDLER FOR NOT FOUND RETURN 1; LOOP FETCH GROUP NEXT ROW; END LOOP; END
--> routine create function

CREATE OR REPLACE EVENT e ON SCHEDULE EVERY 1 HOUR DO SELECT 1
--> routine create event

CREATE OR REPLACE USER u@h IDENTIFIED VIA mysql_native_password USING 'x'
--> account CREATE USER

CREATE OR REPLACE ROLE r WITH ADMIN u
--> account CREATE ROLE

GRANT r TO u
--> account GRANT

SET DEFAULT ROLE r FOR u
--> account SET ROLE

CREATE OR REPLACE SERVER s FOREIGN DATA WRAPPER mysql OPTIONS (HOST 'h')
--> other CREATE SERVER

ANALYZE TABLE t PERSISTENT FOR COLUMNS (a) INDEXES ()
--> maintenance ANALYZE <t>

ANALYZE LOCAL TABLE t
--> maintenance ANALYZE <t>

DELETE HISTORY FROM t BEFORE SYSTEM_TIME '2020-01-01'
--> dml DELETE incomplete

DELETE FROM t WHERE a = 1 RETURNING a
--> dml DELETE <t>

INSERT INTO t VALUES (1) RETURNING a
--> dml INSERT <t>

BEGIN NOT ATOMIC SELECT 1; END
--> other BEGIN NOT ATOMIC

BACKUP STAGE START
--> other BACKUP

CHANGE MASTER TO MASTER_HOST='h'
--> other CHANGE

START SLAVE
--> other START

STOP ALL SLAVES
--> other STOP

RESET SLAVE ALL
--> other RESET

SHUTDOWN
--> other SHUTDOWN

EXECUTE IMMEDIATE 'SELECT 1'
--> other EXECUTE

INSTALL SONAME 'x'
--> other INSTALL

UNINSTALL SONAME 'x'
--> other UNINSTALL

VALUES (1), (2)
--> dml VALUES incomplete

SIGNAL SQLSTATE '45000'
--> other SIGNAL

CREATE TABLE t (a INT, b INT, INDEX i (a, b DESC) IGNORED)
--> create-table <t> (a|b)

CREATE TABLE t (a INT) ENGINE=InnoDB encrypted=yes `PAGE_COMPRESSED`=1
--> create-table <t> (a)

DELETE FROM `shop`.`memory_table`
--> dml DELETE <shop><memory_table>

CREATE TABLE .t (a INT)
--> create-table <t> (a)

RESET MASTER
--> other RESET

--@ ORACLE
CREATE OR REPLACE PACKAGE pk AS PROCEDURE p; END
--> routine create package

--@ ORACLE
CREATE OR REPLACE PACKAGE BODY pk AS PROCEDURE p AS BEGIN NULL; END; END
--> routine create package

--@ ORACLE
DROP PACKAGE IF EXISTS pk
--> routine drop package

--@ ORACLE
DROP PACKAGE BODY pk
--> routine drop package

--@ MSSQL
CREATE TABLE [my.db].[my]]table] (a INT, [b c] INT)
--> create-table <my.db><my]table> (a|b c)

ALTER DATABASE COMMENT = 'x'
--> alter-database default

ALTER DATABASE comment CHARSET utf8mb4
--> alter-database "comment"

