UPDATE numbers SET id = id + 1 ORDER BY id DESC;
UPDATE numbers SET id = id - 1 ORDER BY id;
UPDATE numbers SET id = id + 100;
UPDATE numbers SET id = id + 1 ORDER BY id DESC;
BEGIN; UPDATE numbers SET id = 0 WHERE id = 102; UPDATE numbers SET id = 102 WHERE id = 103; UPDATE numbers SET id = 103 WHERE id = 0; COMMIT;
UPDATE numbers SET id = -id WHERE v IN ('a', 'c');
UPDATE numbers SET id = 104, v = 'moved' WHERE v = 'a';
