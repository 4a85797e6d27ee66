CREATE DATABASE case_ddl_databases_new CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE case_ddl_databases_new.t (id INT NOT NULL PRIMARY KEY, v VARCHAR(20)); INSERT INTO case_ddl_databases_new.t VALUES (1, 'a');
ALTER DATABASE case_ddl_databases_new CHARACTER SET latin1 COLLATE latin1_swedish_ci;
CREATE TABLE case_ddl_databases_new.l (id INT NOT NULL PRIMARY KEY, v VARCHAR(20)); INSERT INTO case_ddl_databases_new.l VALUES (1, 'é');
INSERT INTO case_ddl_databases_old.t VALUES (2); DROP DATABASE case_ddl_databases_old;
CREATE DATABASE IF NOT EXISTS case_ddl_databases_old CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;
CREATE TABLE case_ddl_databases_old.t (other VARCHAR(5)); INSERT INTO case_ddl_databases_old.t VALUES ('again');
CREATE SCHEMA case_ddl_databases_short CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci; CREATE TABLE case_ddl_databases_short.t (id INT); DROP SCHEMA IF EXISTS case_ddl_databases_short; DROP DATABASE IF EXISTS case_ddl_databases_short;
