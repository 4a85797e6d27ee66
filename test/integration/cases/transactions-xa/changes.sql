XA START 'one'; INSERT INTO t VALUES (10, 'xa'); UPDATE t SET v = 'xa' WHERE id = 1; XA END 'one'; XA PREPARE 'one'; XA COMMIT 'one';
XA START 'two', 'branch', 7; INSERT INTO t VALUES (11, 'never'); XA END 'two', 'branch', 7; XA PREPARE 'two', 'branch', 7; XA ROLLBACK 'two', 'branch', 7;
XA START 'three'; INSERT INTO t VALUES (12, 'one phase'); XA END 'three'; XA COMMIT 'three' ONE PHASE;
XA START 'four'; INSERT INTO t VALUES (13, 'gone'); XA END 'four'; XA ROLLBACK 'four';
XA START 'five'; XA END 'five'; XA PREPARE 'five'; XA COMMIT 'five';
INSERT INTO t VALUES (14, 'after');
