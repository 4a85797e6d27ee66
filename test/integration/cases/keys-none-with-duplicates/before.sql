CREATE TABLE heap (a INT, b VARCHAR(20));
INSERT INTO heap VALUES (1, 'one'), (1, 'one'), (1, 'one'), (2, 'two'), (2, 'two'), (NULL, NULL), (NULL, NULL), (3, NULL);
