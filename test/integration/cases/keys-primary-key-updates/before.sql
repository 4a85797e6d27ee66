CREATE TABLE numbers (id INT NOT NULL PRIMARY KEY, v VARCHAR(10));
INSERT INTO numbers VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd'), (5, 'e'), (6, 'f');
