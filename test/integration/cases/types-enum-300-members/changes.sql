INSERT INTO big_enum VALUES (10, 'l255', 'c'), (11, 'l256', 'd'), (12, 'l300', 'e'), (13, 'l001', 'f'), (14, NULL, 'g');
UPDATE big_enum SET e = 'l257' WHERE id IN (1, 2);
UPDATE big_enum SET e = NULL WHERE id = 12;
DELETE FROM big_enum WHERE e = 'l255';
