-- temporary tables live in a session; nothing of them belongs downstream
CREATE TEMPORARY TABLE tmp (id INT, v INT); INSERT INTO tmp VALUES (1, 1), (2, 2);
INSERT INTO t SELECT * FROM tmp; ALTER TABLE tmp ADD w INT; UPDATE tmp SET w = 1; DROP TEMPORARY TABLE tmp;
-- one that hides a real table
CREATE TEMPORARY TABLE t (other VARCHAR(10)); INSERT INTO t VALUES ('x'); DROP TEMPORARY TABLE t;
INSERT INTO t VALUES (3, 3);
CREATE TEMPORARY TABLE left_over (id INT); INSERT INTO left_over VALUES (1); INSERT INTO t SELECT id + 10, id FROM left_over;
