CREATE TABLE keyed (id INT NOT NULL PRIMARY KEY, a INT, b VARCHAR(20), c TEXT, u INT UNIQUE);
CREATE TABLE by_unique (k INT NOT NULL, a INT, b VARCHAR(20), UNIQUE KEY (k));
CREATE TABLE heap (a INT, b VARCHAR(20));
CREATE TABLE gen (id INT NOT NULL PRIMARY KEY, a INT, g INT AS (a + 1) STORED, v INT AS (a + 2) VIRTUAL, d INT DEFAULT 7, UNIQUE KEY (g));
INSERT INTO keyed VALUES (1, 1, 'one', 'text', 1), (2, 2, 'two', NULL, 2), (3, 3, 'three', '', NULL);
INSERT INTO by_unique VALUES (1, 1, 'x'), (2, 2, 'y'); INSERT INTO heap VALUES (1, 'x'), (1, 'x'), (NULL, NULL); INSERT INTO gen (id, a) VALUES (1, 1), (2, 2);
