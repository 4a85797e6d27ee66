UPDATE folded SET name = 'ANN' WHERE id = 1;
BEGIN; DELETE FROM folded WHERE id = 2; INSERT INTO folded (id, name) VALUES (3, 'BOB'); COMMIT;
BEGIN; UPDATE folded SET name = 'tmp' WHERE id = 1; UPDATE folded SET name = 'ann' WHERE id = 3; UPDATE folded SET name = 'boB' WHERE id = 1; COMMIT;
UPDATE virtual_unique SET a = 0, b = 2 WHERE id = 1; UPDATE virtual_unique SET a = 10 WHERE id = 1; UPDATE virtual_unique SET b = 0 WHERE id = 2; INSERT INTO virtual_unique (id, a, b) VALUES (4, 1, 3), (5, NULL, NULL);
BEGIN; UPDATE virtual_unique SET a = 100 WHERE id = 2; UPDATE virtual_unique SET a = 2, b = 0 WHERE id = 4; UPDATE virtual_unique SET a = 4, b = 0 WHERE id = 2; COMMIT;
DELETE FROM virtual_unique WHERE id = 3;
