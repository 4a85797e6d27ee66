-- views and routines are no tables: they are left to each side, and their rows come as rows
CREATE VIEW doubled AS SELECT id, v * 2 AS twice FROM t;
CREATE OR REPLACE VIEW doubled AS SELECT id, v * 2 AS twice, 'x;y' AS z FROM t;
CREATE VIEW direct AS SELECT id, v FROM t; INSERT INTO direct VALUES (3, 3); UPDATE direct SET v = 30 WHERE id = 3; DELETE FROM direct WHERE id = 1;
ALTER VIEW direct AS SELECT v, id FROM t; CREATE VIEW gone AS SELECT 1 AS one; DROP VIEW gone; DROP VIEW IF EXISTS gone;
CREATE PROCEDURE fill(IN n INT) BEGIN DECLARE i INT DEFAULT 100; WHILE i < 100 + n DO INSERT INTO t VALUES (i, i); SET i = i + 1; END WHILE; END;
CALL fill(5);
CREATE FUNCTION plus_one(x INT) RETURNS INT DETERMINISTIC NO SQL RETURN x + 1;
UPDATE t SET v = plus_one(v) WHERE id = 2;
DROP PROCEDURE fill; DROP FUNCTION IF EXISTS never_was;
INSERT INTO t VALUES (1000, 1000);
DROP VIEW doubled, direct; DROP FUNCTION plus_one;
