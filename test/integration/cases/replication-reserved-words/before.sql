CREATE TABLE `select` (`from` INT NOT NULL PRIMARY KEY, `where` VARCHAR(10), `group` INT, `order` DATE, `key` INT UNIQUE, `table` TEXT, `values` INT, `rank` INT, `system` INT);
CREATE TABLE `table` (`index` INT, `update` INT);
INSERT INTO `select` VALUES (1, 'x', 1, '2020-01-01', 1, 't', 1, 1, 1); INSERT INTO `table` VALUES (1, 1);
