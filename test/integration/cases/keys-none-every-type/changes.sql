SET sql_mode = '', time_zone = '+00:00';
UPDATE heap SET n = n + 10 WHERE n IN (1, 2, 3, 4);
-- two rows that differ only in case: the right one must go
DELETE FROM heap WHERE n = 5 AND v = BINARY 'CASE';
UPDATE heap SET v = 'Case' WHERE n = 5;
UPDATE heap SET f = 0.2, d = 0.2 WHERE n IN (11, 12);
DELETE FROM heap WHERE n IN (13, 14);
UPDATE heap SET v = CONCAT(v, ' '), l = CONCAT(l, ' ') WHERE n IN (11, 12);
DELETE FROM heap WHERE n = 12;
