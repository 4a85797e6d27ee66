INSERT INTO tree VALUES (7, 6, 'f'); INSERT INTO tree VALUES (8, 7, 'g'); INSERT INTO tree VALUES (9, 9, 'self');
UPDATE tree SET parent = 5 WHERE id = 3;
DELETE FROM tree WHERE id = 2;
DELETE FROM tree WHERE id = 6;
DELETE FROM tree WHERE id = 9;
INSERT INTO staff VALUES (5, 4), (6, 5); UPDATE staff SET boss = 6 WHERE id = 1; DELETE FROM staff WHERE id = 4; DELETE FROM staff WHERE id = 1;
