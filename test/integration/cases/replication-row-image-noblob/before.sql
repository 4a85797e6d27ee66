CREATE TABLE keyed (id INT NOT NULL PRIMARY KEY, a INT, t TEXT, b BLOB, v VARCHAR(20));
CREATE TABLE heap (a INT, t TEXT);
INSERT INTO keyed VALUES (1, 1, 'text', 'blob', 'v'), (2, 2, NULL, NULL, NULL), (3, 3, '', '', ''); INSERT INTO heap VALUES (1, 'x'), (2, 'y');
