INSERT INTO extra VALUES (2, 2, 'two'), (3, 3, 'three'); UPDATE extra SET a = 10 WHERE id = 1; DELETE FROM extra WHERE id = 2;
INSERT INTO reordered VALUES (3, 3, 'three'); UPDATE reordered SET a = 10, b = 'ten' WHERE id = 1; DELETE FROM reordered WHERE id = 2;
INSERT INTO wider VALUES (2, 2, 'two'); UPDATE wider SET a = 10 WHERE id = 1; DELETE FROM wider WHERE id = 2;
