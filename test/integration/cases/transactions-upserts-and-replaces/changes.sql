INSERT INTO t VALUES (1, 10, 'x') ON DUPLICATE KEY UPDATE v = 'upserted';
INSERT INTO t VALUES (4, 2, 'y') ON DUPLICATE KEY UPDATE v = 'by second key';
INSERT INTO t VALUES (5, 5, 'new') ON DUPLICATE KEY UPDATE v = 'never';
REPLACE INTO t VALUES (1, 11, 'replaced');
REPLACE INTO t VALUES (6, 3, 'replaces row 3');
REPLACE INTO t VALUES (2, 11, 'replaces two rows');
INSERT IGNORE INTO t VALUES (2, 99, 'ignored'), (7, 7, 'kept'), (8, 7, 'ignored');
-- nothing changes, nothing is logged
UPDATE t SET v = v; UPDATE t SET v = 'nobody' WHERE id = 12345; DELETE FROM t WHERE id = 12345;
UPDATE t SET v = 'kept', u = u WHERE id = 7;
