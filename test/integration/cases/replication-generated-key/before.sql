CREATE TABLE by_stored (a INT NOT NULL, b VARCHAR(10), k INT AS (a * 10) STORED, UNIQUE KEY (k));
CREATE TABLE documents (doc VARCHAR(100) NOT NULL, k VARCHAR(20) AS (SUBSTRING(doc, 1, 3)) STORED, UNIQUE KEY (k));
INSERT INTO by_stored (a, b) VALUES (1, 'x'), (2, 'y'); INSERT INTO documents (doc) VALUES ('abc def'), ('ghi jkl');
