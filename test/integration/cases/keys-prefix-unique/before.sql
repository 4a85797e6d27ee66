CREATE TABLE prefixes (id INT NOT NULL PRIMARY KEY, t TEXT, v VARCHAR(30), b BLOB, UNIQUE KEY (t(5)), UNIQUE KEY (v(3)), UNIQUE KEY (b(2)));
CREATE TABLE by_prefix (t VARCHAR(50) NOT NULL, n INT, PRIMARY KEY (t(4)));
INSERT INTO prefixes VALUES (1, 'hello world', 'abcdef', 'xyz'), (2, 'goodbye', 'defghi', 'uvw');
INSERT INTO by_prefix VALUES ('abcd rest', 1), ('efgh rest', 2);
