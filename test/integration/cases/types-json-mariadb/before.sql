CREATE TABLE documents (id INT NOT NULL PRIMARY KEY, j JSON);
INSERT INTO documents VALUES (1, '{"a":1}');
