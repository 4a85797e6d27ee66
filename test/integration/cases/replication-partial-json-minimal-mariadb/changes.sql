SET SESSION binlog_row_value_options = 'PARTIAL_JSON', SESSION binlog_row_image = 'MINIMAL';
UPDATE t SET j = JSON_SET(j, '$.a', 'again') WHERE id = 1;
