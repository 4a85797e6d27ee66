SET sql_mode = '';
INSERT INTO enums VALUES
  (10, 'x', 'it''s', 'a', 'a,b,c', 'only', '1,8', '1,9'),
  (11, NULL, '', NULL, '', '', '', ''),
  (12, 'x', '漢', 'b', 'it''s,é', 'only', '1,2,3,4,5,6,7,8', '1,2,3,4,5,6,7,8,9'),
  (13, 'x', 'é', 'b', NULL, NULL, NULL, NULL),
  (14, 'x', 'comma,inside', 'b', 'c,a', NULL, '8', '9');
-- what doesn't fit becomes index 0, the "error value", which is not the label '' of column b
INSERT INTO enums (id, a, b, c, s) VALUES (15, 'nope', 'nope', 'nope', 'nope,a');
INSERT INTO set64 VALUES (10, ''), (11, 'm64'), (12, 'm01,m64'), (13, 18446744073709551615), (14, NULL), (15, 9007199254740993), (16, 'm33,m53,m54');
UPDATE enums SET b = 'with space', s = 'é' WHERE id IN (1, 2);
UPDATE enums SET b = 'invalid', s = '' WHERE id = 13;
UPDATE set64 SET s = 'm63,m64' WHERE id IN (1, 12);
DELETE FROM enums WHERE id = 12;
DELETE FROM set64 WHERE id = 13;
