UPDATE prefixes SET t = 'hello there', v = 'abcxyz', b = 'xyA' WHERE id = 1;
BEGIN; DELETE FROM prefixes WHERE id = 2; INSERT INTO prefixes VALUES (3, 'GOODBye again', 'DEF', 'uv'); COMMIT;
DELETE FROM prefixes WHERE id = 3; INSERT INTO prefixes VALUES (4, 'goodb', 'def', 'uvwxyz'), (5, NULL, NULL, NULL), (6, '', '', '');
BEGIN; UPDATE prefixes SET t = 'other' WHERE id = 1; UPDATE prefixes SET t = 'hello mine' WHERE id = 4; COMMIT;
UPDATE by_prefix SET t = 'abcd changed' WHERE n = 1; DELETE FROM by_prefix WHERE n = 2; INSERT INTO by_prefix VALUES ('EFGH new', 3); DELETE FROM by_prefix WHERE n = 3; INSERT INTO by_prefix VALUES ('efgh', 4);
