CREATE TABLE loose (id INT NOT NULL PRIMARY KEY, a INT, b INT, UNIQUE KEY ab (a, b));
CREATE TABLE nullable_only (a INT, b VARCHAR(10), v INT, UNIQUE KEY ab (a, b));
INSERT INTO loose VALUES (1, NULL, 1), (2, NULL, 1), (3, 1, 1), (4, 1, NULL), (5, 1, NULL);
INSERT INTO nullable_only VALUES (NULL, 'x', 1), (NULL, 'x', 1), (1, 'x', 2), (1, NULL, 3), (1, NULL, 4);
