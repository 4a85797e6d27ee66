CREATE DATABASE case_ddl_databases_old CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;
CREATE TABLE case_ddl_databases_old.t (id INT); INSERT INTO case_ddl_databases_old.t VALUES (1);
