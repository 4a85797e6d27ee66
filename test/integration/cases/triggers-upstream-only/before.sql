-- The rows that triggers wrote upstream are in the log, which is all that a downstream without the triggers needs.
CREATE TABLE orders (id INT NOT NULL PRIMARY KEY, total INT);
CREATE TABLE audit (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, what VARCHAR(50));
INSERT INTO orders VALUES (1, 1);
CREATE TRIGGER after_insert AFTER INSERT ON orders FOR EACH ROW INSERT INTO audit (what) VALUES (CONCAT('insert ', NEW.id));
CREATE TRIGGER before_update BEFORE UPDATE ON orders FOR EACH ROW BEGIN SET NEW.total = NEW.total + 1; INSERT INTO audit (what) VALUES (CONCAT('update ', NEW.id)); END;
CREATE TRIGGER after_delete AFTER DELETE ON orders FOR EACH ROW INSERT INTO audit (what) VALUES (CONCAT('delete ', OLD.id));
