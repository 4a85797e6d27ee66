ALTER TABLE t MODIFY e ENUM('c','b','a','d'); INSERT INTO t VALUES (4, 'd', 'x'); UPDATE t SET e = 'a' WHERE id = 3;
ALTER TABLE t MODIFY s SET('y','x','z'); INSERT INTO t VALUES (5, 'c', 'x,z'); UPDATE t SET s = 'y,z' WHERE id = 1;
ALTER TABLE t MODIFY e VARCHAR(5), MODIFY s ENUM('y','x','z','x,y','y,x','y,z','x,z'); INSERT INTO t VALUES (6, 'text', 'y,z'); UPDATE t SET e = 'a b' WHERE id = 2;
