CREATE DATABASE case_ddl_rename_across_databases_2 CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;
CREATE TABLE a (id INT NOT NULL PRIMARY KEY, v VARCHAR(10));
INSERT INTO a VALUES (1, 'a');
