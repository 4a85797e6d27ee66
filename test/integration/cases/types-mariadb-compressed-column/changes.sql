INSERT INTO packed VALUES (10, REPEAT('compress me ', 500), REPEAT(0x0001, 5000), REPEAT('long ', 500)), (11, '', '', ''), (12, 'é漢😀', 0x00, 'tail  ');
UPDATE packed SET a = REPEAT('again ', 300) WHERE id IN (1, 2);
DELETE FROM packed WHERE id = 11;
