CREATE DATABASE case_replication_same_names_2 CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(10)); CREATE TABLE case_replication_same_names_2.t (a INT, id INT NOT NULL PRIMARY KEY);
INSERT INTO t VALUES (1, 'one'); INSERT INTO case_replication_same_names_2.t VALUES (1, 1);
