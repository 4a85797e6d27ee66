INSERT INTO bins VALUES
  (10, '', '', '', '', '', '', '', ''),
  (11, 0x00, 0x0000000000000000, REPEAT(0x00, 255), 0x00, 0x0000000000000000, REPEAT(0x00, 255), REPEAT(0x00, 256), REPEAT(0x00, 2000)),
  (12, 0x20, 'ab ', 'trail ', 0x20, 'ab  ', 'trail ', 'trail ', 'trail '),
  (13, 0xFF, 0xFF00FF00FF00FF00, REPEAT(0xFF, 255), 0xFF, 0xFF00, REPEAT(0xFE, 255), REPEAT(0xFD, 256), REPEAT(0xFC00, 1000)),
  (14, '''', 'a\0b', 'x\0\0', '\\', '\0\0x', 'x\0', 'x\0\0', 0x80),
  (15, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
UPDATE bins SET b = 0x0102, c = 0x61, e = 0x6100, f = 0x610000 WHERE id IN (1, 2);
UPDATE bins SET b = '', e = '' WHERE id = 13;
DELETE FROM bins WHERE id = 12;
