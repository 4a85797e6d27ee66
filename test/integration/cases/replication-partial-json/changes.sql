SET SESSION binlog_row_value_options = 'PARTIAL_JSON';
UPDATE t SET j = JSON_SET(j, '$.a', 'short') WHERE id = 1; UPDATE t SET j = JSON_REPLACE(j, '$.b[1]', 9), k = '[1]' WHERE id = 1; UPDATE t SET j = JSON_REMOVE(j, '$.c') WHERE id = 1; UPDATE t SET j = JSON_SET(j, '$.new', 'key') WHERE id = 2;
INSERT INTO t VALUES (3, '{"x": 1}', '{}'); DELETE FROM t WHERE id = 2;
