CREATE TABLE counters (id INT NOT NULL PRIMARY KEY, n INT NOT NULL);
CREATE TABLE events (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, what VARCHAR(20), UNIQUE KEY (what));
INSERT INTO counters VALUES (0, 0), (1, 0), (2, 0), (3, 0), (4, 0);
CREATE PROCEDURE many(IN times INT)
BEGIN
  DECLARE i INT DEFAULT 0;
  WHILE i < times DO
    UPDATE counters SET n = n + 1 WHERE id = i % 5;
    INSERT INTO events (what) VALUES (CONCAT('event ', i));
    IF i % 3 = 0 THEN DELETE FROM events WHERE what = CONCAT('event ', i - 1); END IF;
    IF i % 4 = 0 THEN UPDATE events SET what = CONCAT('changed ', i) WHERE what = CONCAT('event ', i); END IF;
    SET i = i + 1;
  END WHILE;
END;
