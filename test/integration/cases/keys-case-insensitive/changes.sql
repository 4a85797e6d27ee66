UPDATE words SET w = 'ALPHA' WHERE w = 'alpha';
UPDATE words SET w = 'Alpha', n = 10 WHERE w = 'alpha';
BEGIN; DELETE FROM words WHERE w = 'beta'; INSERT INTO words VALUES ('BETA', 20); COMMIT;
DELETE FROM words WHERE w = 'GAMMA'; INSERT INTO words VALUES ('gAmMa', 30);
BEGIN; UPDATE words SET w = 'delta' WHERE w = 'gamma'; INSERT INTO words VALUES ('GAMMA', 31); UPDATE words SET w = 'DELTA' WHERE w = 'delta'; COMMIT;
UPDATE mails SET mail = 'A@X' WHERE id = 1;
BEGIN; UPDATE mails SET mail = 'tmp' WHERE id = 1; UPDATE mails SET mail = 'A@x' WHERE id = 2; UPDATE mails SET mail = 'B@X' WHERE id = 1; COMMIT;
BEGIN; DELETE FROM mails WHERE id = 1; INSERT INTO mails VALUES (3, 'b@x'); COMMIT;
INSERT INTO mails VALUES (4, 'c@x'); DELETE FROM mails WHERE id = 4; INSERT INTO mails VALUES (5, 'C@X'); DELETE FROM mails WHERE id = 5; INSERT INTO mails VALUES (6, 'c@X');
