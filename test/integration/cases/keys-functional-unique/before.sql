CREATE TABLE functional (id INT NOT NULL PRIMARY KEY, name VARCHAR(20) COLLATE utf8mb4_bin, UNIQUE KEY lower_ ((LOWER(name))));
CREATE TABLE multi_valued (id INT NOT NULL PRIMARY KEY, tags JSON, UNIQUE KEY ((CAST(tags AS UNSIGNED ARRAY))));
INSERT INTO functional VALUES (1, 'Ann'), (2, 'Bob');
INSERT INTO multi_valued VALUES (1, '[1, 2]'), (2, '[3]');
