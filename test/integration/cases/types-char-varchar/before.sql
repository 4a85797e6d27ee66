CREATE TABLE texts (
  id INT NOT NULL PRIMARY KEY,
  a CHAR(0), b CHAR(1), c CHAR(10), d CHAR(255), e VARCHAR(0), f VARCHAR(1), g VARCHAR(63), h VARCHAR(64), i VARCHAR(255), j VARCHAR(256), k VARCHAR(4000),
  l CHAR(255) CHARACTER SET latin1 COLLATE latin1_swedish_ci, m VARCHAR(255) CHARACTER SET latin1 COLLATE latin1_swedish_ci, n VARCHAR(256) CHARACTER SET latin1 COLLATE latin1_swedish_ci
);
INSERT INTO texts VALUES (1, '', 'a', 'a', 'a', '', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a');
INSERT INTO texts (id) VALUES (2);
