CREATE TABLE tree (id INT NOT NULL PRIMARY KEY, parent INT, name VARCHAR(10), CONSTRAINT self_ FOREIGN KEY (parent) REFERENCES tree (id) ON DELETE CASCADE);
CREATE TABLE staff (id INT NOT NULL PRIMARY KEY, boss INT, CONSTRAINT boss_ FOREIGN KEY (boss) REFERENCES staff (id) ON DELETE SET NULL);
INSERT INTO tree VALUES (1, NULL, 'root'), (2, 1, 'a'), (3, 2, 'b'), (4, 3, 'c'), (5, 1, 'd'), (6, 5, 'e');
INSERT INTO staff VALUES (1, NULL), (2, 1), (3, 1), (4, 2);
