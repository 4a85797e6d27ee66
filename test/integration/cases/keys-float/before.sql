-- a float compares with its own text only by luck: it must not be what a row is found by
CREATE TABLE by_double (k DOUBLE NOT NULL PRIMARY KEY, n INT);
CREATE TABLE by_float (k FLOAT NOT NULL PRIMARY KEY, n INT);
INSERT INTO by_double VALUES (0.1, 1), (1e300, 2), (3.3333333333333335, 3);
INSERT INTO by_float VALUES (0.1, 1), (16777217, 2), (3.3333333, 3);
