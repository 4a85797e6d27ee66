INSERT INTO large VALUES (2, REPEAT('Mé漢 😀', 100000), REPEAT(0x00275CFF, 262144)), (3, REPEAT('x', 1048576), REPEAT(0x27, 1048576));
UPDATE large SET body = CONCAT(body, 'b') WHERE id = 1;
UPDATE large SET bytes = REPEAT(0x5C, 3000000) WHERE id = 2;
DELETE FROM large WHERE id = 3;
UPDATE large_without_key SET n = 2 LIMIT 1;
INSERT INTO large SELECT id + 10, body, bytes FROM large;
INSERT INTO large SELECT id + 20, body, bytes FROM large;
