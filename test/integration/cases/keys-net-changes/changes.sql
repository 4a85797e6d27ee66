-- the net change of r1 is 5 → 7, but r2 needs the 5 in between
BEGIN; UPDATE pairs SET b = 6 WHERE id = 1; INSERT INTO pairs VALUES (2, 5, 'r2'); UPDATE pairs SET b = 7 WHERE id = 1; COMMIT;
-- insert, update, delete, insert of one key
BEGIN; INSERT INTO pairs VALUES (10, 100, 'a'); UPDATE pairs SET v = 'b' WHERE id = 10; DELETE FROM pairs WHERE id = 10; INSERT INTO pairs VALUES (10, 101, 'c'); COMMIT;
-- a row that comes and goes leaves nothing
BEGIN; INSERT INTO pairs VALUES (11, 111, 'x'); UPDATE pairs SET id = 12 WHERE id = 11; DELETE FROM pairs WHERE id = 12; COMMIT;
-- delete and insert again, the same and changed
BEGIN; DELETE FROM pairs WHERE id = 3; INSERT INTO pairs VALUES (3, 30, 'r3'); COMMIT;
BEGIN; DELETE FROM pairs WHERE id = 4; INSERT INTO pairs VALUES (4, 41, 'new'); COMMIT;
-- the row moves to another primary key and its old key is taken by a new row
BEGIN; UPDATE pairs SET id = 6 WHERE id = 5; INSERT INTO pairs VALUES (5, 51, 'next'); UPDATE pairs SET b = 52 WHERE id = 6; DELETE FROM pairs WHERE id = 5; UPDATE pairs SET id = 5 WHERE id = 6; COMMIT;
INSERT INTO pairs VALUES (20, 200, 'x'); DELETE FROM pairs WHERE id = 20; INSERT INTO pairs VALUES (20, 200, 'y'); DELETE FROM pairs WHERE id = 20; INSERT INTO pairs VALUES (21, 200, 'z');
-- there and back
BEGIN; UPDATE pairs SET v = 'away' WHERE id = 21; UPDATE pairs SET v = 'z' WHERE id = 21; COMMIT;
