-- logged as statements by the upstream, and no change of any table that the task follows
ANALYZE TABLE t; OPTIMIZE TABLE t; FLUSH TABLES; FLUSH PRIVILEGES; CHECK TABLE t;
INSERT INTO t VALUES (2, 2);
CREATE USER 'case_user'@'localhost' IDENTIFIED BY 'Passw0rd;''x'; GRANT SELECT ON case_ddl_not_for_us.* TO 'case_user'@'localhost'; REVOKE SELECT ON case_ddl_not_for_us.* FROM 'case_user'@'localhost'; DROP USER 'case_user'@'localhost';
CREATE USER IF NOT EXISTS 'case_user'@'localhost'; DROP USER IF EXISTS 'case_user'@'localhost';
INSERT INTO t VALUES (3, 3);
