CREATE TABLE heap (j JSON, g GEOMETRY, v VECTOR(2), n INT);
INSERT INTO heap VALUES ('{"a": 1}', ST_GeomFromText('POINT(1 2)', 4326), STRING_TO_VECTOR('[1,2]'), 1), ('{"a": 1.0}', NULL, NULL, 1), ('{"a": 1}', NULL, NULL, 1), (NULL, NULL, NULL, NULL), ('"x"', NULL, NULL, 2), ('[1e20, 18446744073709551615]', NULL, NULL, 3), ('null', NULL, NULL, 4);
