BEGIN; INSERT INTO a VALUES (3, 3); INSERT INTO b VALUES (3, 3); UPDATE a SET v = 30 WHERE id = 3; INSERT INTO c VALUES (3); DELETE FROM b WHERE id = 3; INSERT INTO b VALUES (3, 31); UPDATE c SET v = 9 LIMIT 1; COMMIT;
-- rows of two tables by one statement
UPDATE a, b SET a.v = a.v + 1, b.v = b.v + 1 WHERE a.id = b.id;
DELETE a, b FROM a JOIN b ON a.id = b.id WHERE a.id = 1;
INSERT INTO a SELECT id + 10, v FROM b; INSERT INTO c SELECT v FROM a;
