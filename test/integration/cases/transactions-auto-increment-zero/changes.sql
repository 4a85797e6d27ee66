SET sql_mode = CONCAT(@@sql_mode, ',NO_AUTO_VALUE_ON_ZERO');
INSERT INTO t VALUES (0, 'zero');
UPDATE t SET id = -5 WHERE id = 1;
INSERT INTO t (v) VALUES ('next');
SET insert_id = 1000; INSERT INTO t (v) VALUES ('jump');
UPDATE t SET v = 'still zero' WHERE id = 0;
DELETE FROM t WHERE id = -5;
ALTER TABLE t AUTO_INCREMENT = 5000;
INSERT INTO t (v) VALUES ('after alter');
