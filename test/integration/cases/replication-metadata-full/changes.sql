SET GLOBAL binlog_row_metadata = 'FULL';
INSERT INTO t VALUES (18446744073709551615, 'é', 'x,y', 'ü', NULL, 2, 'K2'), (3, NULL, NULL, NULL, NULL, NULL, 'k3'); UPDATE t SET n = 5, e = 'b' WHERE id = 1;
ALTER TABLE t ADD w INT UNSIGNED FIRST; INSERT INTO t VALUES (4294967295, 4, 'a', '', '', NULL, 4, 'k4');
DELETE FROM t WHERE id = 3;
SET GLOBAL binlog_row_metadata = 'MINIMAL';
UPDATE t SET n = 6 WHERE id = 4;
