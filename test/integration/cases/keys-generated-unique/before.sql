CREATE TABLE folded (
  id INT NOT NULL PRIMARY KEY, name VARCHAR(20) COLLATE utf8mb4_bin NOT NULL,
  lower_name VARCHAR(20) COLLATE utf8mb4_bin GENERATED ALWAYS AS (LOWER(name)) STORED UNIQUE,
  length_ INT GENERATED ALWAYS AS (CHAR_LENGTH(name)) VIRTUAL, KEY (length_)
);
CREATE TABLE virtual_unique (id INT NOT NULL PRIMARY KEY, a INT, b INT, total INT GENERATED ALWAYS AS (a + b) VIRTUAL, UNIQUE KEY (total));
INSERT INTO folded (id, name) VALUES (1, 'Ann'), (2, 'Bob');
INSERT INTO virtual_unique (id, a, b) VALUES (1, 1, 1), (2, 2, 2), (3, NULL, 1);
