CREATE TABLE no_primary (a INT NOT NULL, b VARCHAR(10) NOT NULL, v INT, UNIQUE KEY (a, b));
CREATE TABLE two_uniques (a INT, b INT NOT NULL, v INT, UNIQUE KEY (a), UNIQUE KEY (b));
INSERT INTO no_primary VALUES (1, 'x', 1), (1, 'y', 2), (2, 'x', 3);
INSERT INTO two_uniques VALUES (NULL, 1, 1), (NULL, 2, 2), (1, 3, 3);
