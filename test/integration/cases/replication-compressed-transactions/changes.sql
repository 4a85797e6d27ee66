SET SESSION binlog_transaction_compression = ON;
INSERT INTO t VALUES (2, REPEAT('compress me ', 1000)), (3, 'short'); UPDATE t SET v = 'b' WHERE id = 1; DELETE FROM t WHERE id = 3;
BEGIN; INSERT INTO t SELECT id + 10, v FROM t; UPDATE t SET v = CONCAT(v, '!'); COMMIT;
SET SESSION binlog_transaction_compression = OFF; INSERT INTO t VALUES (99, 'plain');
