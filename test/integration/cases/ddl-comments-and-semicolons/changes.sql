/* leading; comment */ CREATE TABLE c1 (id INT /* in; side */ NOT NULL PRIMARY KEY, -- to the end; of line
  v VARCHAR(20) DEFAULT ';' COMMENT 'semi;colon -- no /* comment */' # hash; comment
) COMMENT = 'it''s; a "table" /* really */' ;
INSERT INTO c1 VALUES (1, '; DROP TABLE t; --');
/*!50000 CREATE TABLE c2 (id INT NOT NULL PRIMARY KEY) */;
INSERT INTO c2 VALUES (1);
CREATE /*!99999 nonsense that no server reads */ TABLE c3 (id INT, /*!40000 v INT DEFAULT 1 */) /*!50100 COMMENT 'versioned' */;
INSERT INTO c3 (id) VALUES (1);
ALTER /* a */ TABLE /* b */ c3 /* c */ ADD /* d */ w INT; INSERT INTO c3 VALUES (2, 2, 2);
   	 
DROP   TABLE
  c2
;
alter table c3 add X int; -- lower case keywords
insert into c3 (id) values (3)
