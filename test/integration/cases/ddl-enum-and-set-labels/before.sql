CREATE TABLE t (id INT NOT NULL PRIMARY KEY, e ENUM('a','b','c'), s SET('x','y'));
INSERT INTO t VALUES (1, 'a', 'x'), (2, 'b', 'y'), (3, 'c', 'x,y');
