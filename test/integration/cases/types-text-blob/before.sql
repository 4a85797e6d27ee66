CREATE TABLE lobs (
  id INT NOT NULL PRIMARY KEY,
  a TINYTEXT, b TEXT, c MEDIUMTEXT, d LONGTEXT, e TINYBLOB, f BLOB, g MEDIUMBLOB, h LONGBLOB,
  l TEXT CHARACTER SET latin1 COLLATE latin1_swedish_ci
);
INSERT INTO lobs VALUES (1, 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a');
INSERT INTO lobs (id) VALUES (2);
