CREATE DATABASE case_ddl_drop_many_2 CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;
CREATE TABLE a (id INT); CREATE TABLE b (id INT); CREATE TABLE c (id INT); CREATE TABLE kept (id INT);
CREATE TABLE case_ddl_drop_many_2.d (id INT);
INSERT INTO a VALUES (1); INSERT INTO kept VALUES (1);
