CREATE TABLE documents (id INT NOT NULL PRIMARY KEY, j JSON, note VARCHAR(100));
INSERT INTO documents VALUES (1, '{"a": 1}', NULL), (2, NULL, NULL), (3, '[]', NULL);
