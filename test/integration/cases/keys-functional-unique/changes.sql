UPDATE functional SET name = 'ANN' WHERE id = 1;
BEGIN; DELETE FROM functional WHERE id = 2; INSERT INTO functional VALUES (3, 'BOB'); COMMIT;
DELETE FROM functional WHERE id = 3; INSERT INTO functional VALUES (4, 'bOb'); UPDATE functional SET name = 'x' WHERE id = 1; INSERT INTO functional VALUES (5, 'ann'), (6, NULL), (7, NULL);
UPDATE multi_valued SET tags = '[1]' WHERE id = 1; UPDATE multi_valued SET tags = '[2, 3, 4]' WHERE id = 2 AND id < 0; INSERT INTO multi_valued VALUES (3, '[2, 5]'); DELETE FROM multi_valued WHERE id = 2; INSERT INTO multi_valued VALUES (4, '[3, 6]');
