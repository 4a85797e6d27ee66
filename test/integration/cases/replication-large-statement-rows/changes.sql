-- rows of one statement fill many rows events (binlog_row_event_max_size is 8 KiB)
INSERT INTO t SELECT id + 1, v FROM t; INSERT INTO t SELECT id + 2, v FROM t; INSERT INTO t SELECT id + 4, v FROM t; INSERT INTO t SELECT id + 8, v FROM t; INSERT INTO t SELECT id + 16, v FROM t; INSERT INTO t SELECT id + 32, v FROM t; INSERT INTO t SELECT id + 64, v FROM t; INSERT INTO t SELECT id + 128, v FROM t;
UPDATE t SET v = CONCAT('changed ', id); DELETE FROM t WHERE id % 3 = 0;
