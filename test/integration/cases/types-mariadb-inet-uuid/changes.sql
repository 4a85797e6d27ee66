INSERT INTO addresses VALUES
  (10, '0.0.0.0', '::', '00000000-0000-0000-0000-000000000000'),
  (11, '255.255.255.255', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
  (12, '192.168.0.32', '::ffff:192.168.0.1', '01890a5d-ac96-774b-bcce-b302099a8057'),
  (13, '32.32.32.32', '2001:db8:2020:2020::2020', '20202020-2020-2020-2020-202020202020'),
  (14, NULL, NULL, NULL);
UPDATE addresses SET a = '1.2.3.4', b = 'fe80::1', u = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11' WHERE id IN (1, 2);
UPDATE by_uuid SET u = '00000000-0000-1000-8000-000000000000' WHERE n = 1;
DELETE FROM by_uuid WHERE n = 2;
INSERT INTO by_uuid VALUES ('123e4567-e89b-12d3-a456-426655440001', 3);
UPDATE by_inet6 SET a = '1.1.1.1' WHERE n = 1;
UPDATE by_inet6 SET a = '127.0.0.1', b = '2001:db8::20' WHERE n = 2;
INSERT INTO by_inet6 VALUES ('2001:db8::', '0.0.0.0', 3);
