BEGIN; INSERT INTO t VALUES (2, 'two'); INSERT INTO case_replication_same_names_2.t VALUES (22, 2); UPDATE t SET a = 'x' WHERE id = 1; UPDATE case_replication_same_names_2.t SET a = 11 WHERE id = 1; COMMIT;
DELETE FROM t WHERE id = 2; INSERT INTO case_replication_same_names_2.t SELECT id + 10, id + 10 FROM t;
