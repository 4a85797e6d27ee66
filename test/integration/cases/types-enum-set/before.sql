SET sql_mode = '';
CREATE TABLE enums (
  id INT NOT NULL PRIMARY KEY,
  a ENUM('x'), b ENUM('a','b','','é','with space','it''s','comma,inside','漢') NOT NULL DEFAULT 'a',
  c ENUM('a','b') CHARACTER SET latin1 COLLATE latin1_swedish_ci,
  s SET('a','b','c','it''s','é'), s1 SET('only'), s8 SET('1','2','3','4','5','6','7','8'), s9 SET('1','2','3','4','5','6','7','8','9')
);
CREATE TABLE set64 (
  id INT NOT NULL PRIMARY KEY,
  s SET('m01','m02','m03','m04','m05','m06','m07','m08','m09','m10','m11','m12','m13','m14','m15','m16','m17','m18','m19','m20','m21','m22','m23','m24','m25','m26','m27','m28','m29','m30','m31','m32',
        'm33','m34','m35','m36','m37','m38','m39','m40','m41','m42','m43','m44','m45','m46','m47','m48','m49','m50','m51','m52','m53','m54','m55','m56','m57','m58','m59','m60','m61','m62','m63','m64')
);
INSERT INTO enums (id, b, s) VALUES (1, 'a', 'a'), (2, 'b', NULL);
INSERT INTO set64 VALUES (1, 'm01');
