INSERT INTO `select` VALUES (2, 'y', 2, NULL, 2, NULL, 2, 2, 2); UPDATE `select` SET `key` = 5, `values` = NULL WHERE `from` = 1; DELETE FROM `select` WHERE `from` = 2;
INSERT INTO `table` VALUES (2, 2), (2, 2); UPDATE `table` SET `update` = 3 WHERE `index` = 1; DELETE FROM `table` WHERE `index` = 2 LIMIT 1;
