CREATE TABLE `plain` (id INT NOT NULL PRIMARY KEY);
CREATE DATABASE `case_ddl_quoted_names_odd.db; ``x`` é` CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;
