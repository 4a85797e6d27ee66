UPDATE loose SET a = 2 WHERE id = 1; UPDATE loose SET b = 2 WHERE id = 3; UPDATE loose SET b = 1 WHERE id = 4; UPDATE loose SET a = NULL WHERE id = 4; INSERT INTO loose VALUES (6, 1, 1), (7, NULL, NULL), (8, NULL, NULL);
DELETE FROM loose WHERE id IN (5, 7);
DELETE FROM nullable_only WHERE v = 1 LIMIT 1;
UPDATE nullable_only SET v = 20 WHERE a = 1 AND b = 'x'; UPDATE nullable_only SET a = NULL WHERE v = 20; INSERT INTO nullable_only VALUES (1, 'x', 5); UPDATE nullable_only SET b = 'y' WHERE v = 3; DELETE FROM nullable_only WHERE v = 4;
INSERT INTO nullable_only VALUES (NULL, NULL, NULL), (NULL, NULL, NULL), (NULL, NULL, 1); DELETE FROM nullable_only WHERE a IS NULL AND b IS NULL AND v IS NULL LIMIT 1;
