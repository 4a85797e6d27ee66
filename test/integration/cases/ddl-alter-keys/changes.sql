-- without a key, then with, then with another, then without
UPDATE t SET v = 'heap' WHERE a = 1;
ALTER TABLE t ADD PRIMARY KEY (a);
UPDATE t SET v = 'keyed' WHERE a = 2;
UPDATE t SET a = 20 WHERE a = 2;
ALTER TABLE t DROP PRIMARY KEY, ADD PRIMARY KEY (b, a);
INSERT INTO t VALUES (1, 2, 'same a'); DELETE FROM t WHERE a = 3;
ALTER TABLE t ADD UNIQUE KEY by_v (v), ADD INDEX plain (b);
BEGIN; UPDATE t SET v = 'tmp' WHERE v = 'heap'; UPDATE t SET v = 'heap' WHERE v = 'keyed'; UPDATE t SET v = 'keyed' WHERE v = 'tmp'; COMMIT;
CREATE INDEX another ON t (a DESC); DROP INDEX plain ON t; CREATE UNIQUE INDEX both_ ON t (a, v);
ALTER TABLE t RENAME INDEX another TO named;
ALTER TABLE t DROP PRIMARY KEY;
INSERT INTO t VALUES (1, 2, 'dup pk'); DELETE FROM t WHERE v = 'same a';
ALTER TABLE t DROP KEY by_v, DROP INDEX both_;
INSERT INTO t VALUES (1, 2, 'dup pk'); DELETE FROM t WHERE v = 'dup pk' LIMIT 1;
ALTER TABLE auto ADD id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY;
INSERT INTO auto (n) VALUES (5), (6);
