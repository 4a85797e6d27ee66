INSERT INTO plain VALUES (3, 'c'), (4, 'd'); UPDATE plain SET v = 'x' WHERE id = 1; DELETE FROM plain WHERE id = 2;
INSERT INTO safe VALUES (2, 'b'); INSERT INTO plain VALUES (5, 'e');
-- once written a MyISAM row stays, whatever becomes of the transaction
BEGIN; INSERT INTO plain VALUES (6, 'stays'); ROLLBACK;
CREATE TABLE plain2 (v INT) ENGINE=MyISAM; INSERT INTO plain2 VALUES (1), (1), (2); DELETE FROM plain2 WHERE v = 1 LIMIT 1; UPDATE plain2 SET v = 3 WHERE v = 2;
