CREATE TABLE t (id BIGINT UNSIGNED NOT NULL, e ENUM('a','b','é'), s SET('x','y'), v VARCHAR(20) CHARACTER SET latin1 COLLATE latin1_swedish_ci, g GEOMETRY, n INT, u VARCHAR(20), PRIMARY KEY (u, id), UNIQUE KEY (n));
INSERT INTO t VALUES (1, 'a', 'x', 'é', NULL, 1, 'k');
