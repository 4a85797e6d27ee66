INSERT INTO texts VALUES
  (10, '', '', '', '', '', '', '', '', '', '', '', '', '', ''),
  (11, '', 'é', 'ten chars.', REPEAT('x', 255), '', '€', REPEAT('y', 63), REPEAT('z', 64), REPEAT('w', 255), REPEAT('v', 256), REPEAT('u', 4000), REPEAT('ü', 255), REPEAT('ß', 255), REPEAT('ÿ', 256)),
  (12, '', '😀', 'a   b', REPEAT('😀', 255), '', '𝄞', REPEAT('漢', 63), REPEAT('🎉', 64), REPEAT('é', 255), REPEAT('字', 256), REPEAT('😀', 4000), 'x', 'y', 'z'),
  (13, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (14, '', '''', 'q''q"q\\q%_', 'back\\slash', '', '\\', 'new\nline\ttab\rreturn', 'nul\0inside', 'ctrl\Z end', 'trailing   ', '   leading', 'c   ', 'v   ', 'v\0');
UPDATE texts SET g = 'trailing ', i = ' ', k = REPEAT('long ', 800) WHERE id IN (1, 2);
UPDATE texts SET i = 'e\u0301 and é', j = '?', k = '??' WHERE id = 10;
UPDATE texts SET d = REPEAT('é', 255), h = CONCAT(h, '') WHERE id = 11;
UPDATE texts SET a = NULL, c = NULL, k = NULL WHERE id = 14;
DELETE FROM texts WHERE id = 12;
