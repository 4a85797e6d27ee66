-- a swap
RENAME TABLE a TO tmp, b TO a, tmp TO b;
INSERT INTO a VALUES (2, 2, 2); INSERT INTO b VALUES (2, 'b');
-- a chain
RENAME TABLE c TO d, a TO c, b TO a;
INSERT INTO d VALUES (2); INSERT INTO c VALUES (3, 3, 3); INSERT INTO a VALUES (3, 'c');
ALTER TABLE d RENAME TO e;
INSERT INTO e VALUES (3);
ALTER TABLE a RENAME AS f, ADD COLUMN extra INT DEFAULT 7;
INSERT INTO f VALUES (4, 'd', 8);
UPDATE f SET v = 'changed' WHERE id = 1;
-- the way online schema changes end
CREATE TABLE _f_new LIKE f; ALTER TABLE _f_new MODIFY v VARCHAR(40); INSERT INTO _f_new SELECT * FROM f; RENAME TABLE f TO _f_old, _f_new TO f; INSERT INTO f VALUES (5, 'into the new one', 9); DROP TABLE _f_old;
