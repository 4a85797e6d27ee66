INSERT INTO wide VALUES
  (10, 1, 'a', '2020-01-01', 1.5, 'x', 1.5, '2020-01-01 01:02:03.456', b'101', 'a', 5, 6, 'long', '01:02:03.4', 'char', 'text', 2.5, '2020-01-01 00:00:00', 'a,b', 2020, 7),
  (11, NULL, 'a', NULL, 1.5, NULL, 1.5, NULL, b'101', NULL, 5, NULL, 'long', NULL, 'char', NULL, 2.5, NULL, 'a,b', NULL, 7),
  (12, 1, NULL, '2020-01-01', NULL, 'x', NULL, '2020-01-01 01:02:03.456', NULL, 'a', NULL, 6, NULL, '01:02:03.4', NULL, 'text', NULL, '2020-01-01 00:00:00', NULL, 2020, NULL);
INSERT INTO wide (id, c08) VALUES (13, b'1');
INSERT INTO wide (id, c16) VALUES (14, 1);
UPDATE wide SET c01 = c20, c20 = c01 WHERE id IN (1, 2, 3);
UPDATE wide SET c07 = NULL, c08 = NULL, c15 = NULL, c16 = NULL WHERE id = 10;
UPDATE wide SET c07 = '2021-01-01', c08 = b'0', c15 = '', c16 = 0 WHERE id = 11;
DELETE FROM wide WHERE id = 12;
