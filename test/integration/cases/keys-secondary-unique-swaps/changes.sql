-- a swap in one transaction, by way of a free value
BEGIN; UPDATE seats SET seat = 99 WHERE id = 1; UPDATE seats SET seat = 1 WHERE id = 2; UPDATE seats SET seat = 2 WHERE id = 1; COMMIT;
-- by way of NULL
BEGIN; UPDATE seats SET seat = NULL WHERE id = 3; UPDATE seats SET seat = 3 WHERE id = 4; UPDATE seats SET seat = 4 WHERE id = 3; COMMIT;
-- the same in separate transactions
UPDATE seats SET seat = 99 WHERE id = 1; UPDATE seats SET seat = 2 WHERE id = 5; UPDATE seats SET seat = 5 WHERE id = 1;
-- a chain: everyone moves one further
BEGIN; UPDATE seats SET seat = seat + 100 ORDER BY seat DESC; UPDATE seats SET seat = seat - 99 ORDER BY seat; COMMIT;
-- a value that one row leaves and a new row takes
BEGIN; UPDATE seats SET seat = 50 WHERE id = 1; INSERT INTO seats VALUES (6, 6, 'six'); COMMIT;
BEGIN; DELETE FROM seats WHERE id = 2; INSERT INTO seats VALUES (7, 1, 'takes what was free'); UPDATE seats SET seat = 60 WHERE id = 6; INSERT INTO seats VALUES (2, 6, 'back'); COMMIT;
-- from row to row to row, and back to the first
UPDATE seats SET seat = 1000 WHERE id = 1; UPDATE seats SET seat = 50 WHERE id = 3; UPDATE seats SET seat = 2000 WHERE id = 3; UPDATE seats SET seat = 50 WHERE id = 1;
