SET SESSION binlog_row_image = 'MINIMAL';
INSERT INTO keyed VALUES (4, 4, 'four', REPEAT('long ', 100), 4); INSERT INTO keyed (id) VALUES (5); INSERT INTO keyed (id, b) VALUES (6, 'six');
UPDATE keyed SET a = 10 WHERE id = 1; UPDATE keyed SET b = NULL, c = 'new' WHERE id = 2; UPDATE keyed SET u = 30 WHERE id = 3; UPDATE keyed SET id = 7 WHERE id = 4; DELETE FROM keyed WHERE id = 5;
BEGIN; UPDATE keyed SET a = 11 WHERE id = 1; UPDATE keyed SET b = 'uno' WHERE id = 1; UPDATE keyed SET u = NULL WHERE id = 1; UPDATE keyed SET u = 1 WHERE id = 2; COMMIT;
BEGIN; INSERT INTO keyed (id, a) VALUES (8, 8); UPDATE keyed SET b = 'eight' WHERE id = 8; DELETE FROM keyed WHERE id = 8; INSERT INTO keyed (id, c) VALUES (8, 'again'); COMMIT;
UPDATE by_unique SET a = 5 WHERE k = 1; DELETE FROM by_unique WHERE k = 2; INSERT INTO by_unique (k) VALUES (3);
UPDATE heap SET b = 'y' WHERE a = 1 LIMIT 1; DELETE FROM heap WHERE a IS NULL; INSERT INTO heap (b) VALUES ('only b');
INSERT INTO gen (id, a) VALUES (3, 3); UPDATE gen SET a = 10 WHERE id = 1; UPDATE gen SET d = 8 WHERE id = 2; DELETE FROM gen WHERE id = 3;
