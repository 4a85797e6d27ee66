INSERT INTO children VALUES (111, 11); INSERT INTO parents VALUES (21, 2); INSERT INTO children VALUES (210, 21);
DELETE FROM grandparents WHERE id = 1;
UPDATE parents SET id = 22 WHERE id = 20;
UPDATE grandparents SET id = 33 WHERE id = 3;
BEGIN; UPDATE children SET parent = 22 WHERE id = 300; DELETE FROM parents WHERE id = 30; COMMIT;
BEGIN; INSERT INTO grandparents VALUES (5, 'e'); INSERT INTO parents VALUES (50, 5); INSERT INTO children VALUES (500, 50); INSERT INTO friends VALUES (500, 50); DELETE FROM grandparents WHERE id = 5; COMMIT;
DELETE FROM parents WHERE id = 40;
INSERT INTO grandparents VALUES (1, 'again'); INSERT INTO parents VALUES (10, 1); INSERT INTO children VALUES (100, 10); DELETE FROM children WHERE id = 100; DELETE FROM parents WHERE id = 10; DELETE FROM grandparents WHERE id = 1;
