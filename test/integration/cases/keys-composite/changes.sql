INSERT INTO composite VALUES (3, 'x', '2020-01-01', 5), (3, '', '2020-01-01', 6);
UPDATE composite SET v = v + 10 WHERE a = 2;
UPDATE composite SET a = 9 WHERE b = 'y';
UPDATE composite SET c = '2021-01-01', v = NULL WHERE a = 1 AND b = 'x';
DELETE FROM composite WHERE a = 2 AND c = '2020-01-02';
INSERT INTO composite VALUES (2, 'x', '2020-01-02', 7);
UPDATE composite SET b = 'z', a = 2 WHERE a = 3 AND b = '';
