SET SESSION binlog_row_image = 'NOBLOB';
INSERT INTO keyed VALUES (4, 4, 'new', 'new', 'new'); INSERT INTO keyed (id, a) VALUES (5, 5); UPDATE keyed SET a = 10 WHERE id = 1; UPDATE keyed SET t = 'changed' WHERE id = 1; UPDATE keyed SET b = NULL, v = 'w' WHERE id = 3; DELETE FROM keyed WHERE id = 2;
UPDATE heap SET a = 10 WHERE a = 1; DELETE FROM heap WHERE a = 2; INSERT INTO heap VALUES (3, 'z');
