UPDATE fixed SET n = 10 WHERE n = 1; UPDATE fixed SET k = 'b', n = 20 WHERE n = 2; INSERT INTO fixed VALUES ('', 5); DELETE FROM fixed WHERE n = 3; UPDATE fixed SET n = 40 WHERE n = 4;
DELETE FROM fixed WHERE n = 10; INSERT INTO fixed VALUES (0x61000000, 11), (0x61202020, 12);
UPDATE variable SET n = n + 10; DELETE FROM variable WHERE n = 12; INSERT INTO variable VALUES ('a\0', 20), ('A', 21), ('a\0\0', 22); UPDATE variable SET k = ' ' WHERE n = 15;
UPDATE uuids SET n = n + 10 ORDER BY n DESC; UPDATE uuids SET k = 0x00 WHERE n = 11; DELETE FROM uuids WHERE n = 12; INSERT INTO uuids VALUES (0x123E4567E89B12D3A456426655440000, 3);
