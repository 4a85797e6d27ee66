INSERT INTO documents VALUES
  (10, 'null', 'null'), (11, 'true', 'true'), (12, 'false', 'false'),
  (13, '0', 'int16'), (14, '-1', 'int16'), (15, '32767', 'int16'), (16, '-32768', 'int16'), (17, '65535', 'uint16'),
  (18, '32768', 'int32'), (19, '2147483647', 'int32'), (20, '-2147483648', 'int32'), (21, '4294967295', 'int64'),
  (22, '9223372036854775807', 'int64'), (23, '-9223372036854775808', 'int64'), (24, '18446744073709551615', 'uint64'), (25, '9007199254740993', 'not a double'),
  (26, '1.0', 'double that is whole'), (27, '0.1', 'double'), (28, '1e308', 'double'), (29, '-1e-308', 'double'), (30, '123456789012345678901234567890', 'double'), (31, '-0.0', 'negative zero'), (32, '1e20', 'double'), (33, '1.5e-7', 'double'), (34, '3.141592653589793', 'double'), (35, '100000000000000000000.0', 'double'),
  (40, '""', 'empty'), (41, '"text"', 'text'), (42, '"漢字 😀 é"', 'unicode'), (43, '"quote \\" back \\\\ slash \\/ tab \\t nl \\n nul \\u0000 bell \\u0007"', 'escapes'), (44, '"\\ud83d\\ude00"', 'surrogates'),
  (50, '[]', 'empty array'), (51, '{}', 'empty object'), (52, '{"": {"": []}}', 'empty keys'), (53, '[1, -1, 1.0, "1", true, false, null, [], {}]', 'mixed'),
  (54, '{"b": 1, "aa": 2, "a": 3, "": 4, "é": 5, "😀": 6}', 'key order'), (55, '[[[[[[[[[[[[[[[[[[[[{"deep": [1]}]]]]]]]]]]]]]]]]]]]]', 'deep'),
  (56, '{"a": "x", "b": 9223372036854775807, "c": 0.30000000000000004, "d": 18446744073709551615}', 'numbers');
INSERT INTO documents VALUES (60, JSON_ARRAY(REPEAT('a', 127), REPEAT('b', 128), REPEAT('c', 16383), REPEAT('d', 16384)), 'length bytes');
INSERT INTO documents VALUES (61, JSON_ARRAY(REPEAT('large ', 20000)), 'large format');
INSERT INTO documents VALUES (62, JSON_OBJECT(REPEAT('k', 300), 1, REPEAT('l', 1000), JSON_ARRAY(1, 2)), 'long keys');
UPDATE documents SET j = '{"a": 2, "b": [1, 2, {"c": null}]}' WHERE id IN (1, 2, 3);
UPDATE documents SET j = JSON_SET(j, '$.a', 'longer than before', '$.z', 1.0) WHERE id = 1;
UPDATE documents SET j = JSON_REMOVE(j, '$.b[0]') WHERE id = 2;
UPDATE documents SET note = 'document unchanged' WHERE id BETWEEN 10 AND 30;
UPDATE documents SET j = NULL WHERE id = 55;
DELETE FROM documents WHERE id = 54;
