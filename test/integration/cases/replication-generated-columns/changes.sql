INSERT INTO t (id, a, b) VALUES (3, 3, 'é'), (4, -1, ''); UPDATE t SET a = a + 1, b = CONCAT(b, 'y'); UPDATE t SET a = 5 WHERE id = 2; DELETE FROM t WHERE id = 4;
INSERT INTO heap (a, b) VALUES (3, 3); UPDATE heap SET a = 4 WHERE a = 1 LIMIT 1; DELETE FROM heap WHERE b = 2; UPDATE heap SET b = 9 WHERE a = 3;
