UPDATE general SET w = 'a ' WHERE n = 1; UPDATE general SET w = 'a  ' WHERE n = 1;
BEGIN; DELETE FROM general WHERE w = 'b'; INSERT INTO general VALUES ('b   ', 20); COMMIT;
DELETE FROM general WHERE w = 'b'; INSERT INTO general VALUES ('B', 21);
UPDATE bin_ SET w = 'a ' WHERE n = 1; DELETE FROM bin_ WHERE n = 2; INSERT INTO bin_ VALUES ('b', 20); UPDATE bin_ SET w = 'b  ' WHERE n = 20; INSERT INTO bin_ VALUES ('B', 21);
DELETE FROM bin_ WHERE n = 1; INSERT INTO bin_ VALUES ('a', 10); DELETE FROM bin_ WHERE n = 10; INSERT INTO bin_ VALUES ('a    ', 11);
UPDATE chars SET w = 'c ' WHERE n = 1; DELETE FROM chars WHERE n = 2; INSERT INTO chars VALUES ('b', 20), ('', 21), ('C', 22);
INSERT INTO general VALUES ('', 30); DELETE FROM general WHERE w = ' '; INSERT INTO general VALUES (' ', 31);
