CREATE TABLE t (id INT NOT NULL PRIMARY KEY, j JSON, k JSON);
INSERT INTO t VALUES (1, '{"a": "0123456789", "b": [1, 2, 3], "c": {"d": true}}', '[]'), (2, '{"a": "x"}', NULL);
