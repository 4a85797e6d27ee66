CREATE DATABASE case_ddl_default_database_2 CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;
CREATE TABLE same (id INT NOT NULL PRIMARY KEY, a INT);
CREATE TABLE case_ddl_default_database_2.same (id INT NOT NULL PRIMARY KEY, b VARCHAR(10));
INSERT INTO same VALUES (1, 1); INSERT INTO case_ddl_default_database_2.same VALUES (1, 'one');
