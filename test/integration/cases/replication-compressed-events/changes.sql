SET GLOBAL log_bin_compress = ON;
INSERT INTO t VALUES (2, REPEAT('compress me ', 1000)), (3, 'short'); UPDATE t SET v = REPEAT('b', 2000) WHERE id = 1; DELETE FROM t WHERE id = 2;
ALTER TABLE t ADD COLUMN `a rather long name` INT DEFAULT 1 COMMENT 'and this comment helps the statement to be longer than two hundred and fifty-six bytes: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx';
INSERT INTO t VALUES (4, REPEAT('more ', 500), 2);
SET GLOBAL log_bin_compress = OFF; INSERT INTO t VALUES (99, 'plain', 3);
