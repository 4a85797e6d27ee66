SET sql_mode = '', time_zone = '+00:00';
CREATE TABLE heap (
  n INT, f FLOAT, d DOUBLE, m DECIMAL(20,5), v VARCHAR(30), c CHAR(10), b VARBINARY(30), x BINARY(5), t TEXT, l BLOB, e ENUM('a','b'), s SET('a','b'), i BIT(10),
  dt DATETIME(6), da DATE, ti TIME(3), ts TIMESTAMP(6) NULL, y YEAR, latin VARCHAR(20) CHARACTER SET latin1 COLLATE latin1_swedish_ci, gb VARCHAR(20) CHARACTER SET gbk COLLATE gbk_chinese_ci
);
INSERT INTO heap VALUES
  (1, 0.1, 0.1, 1.5, 'v', 'c', 'b', 'x', 't', 'l', 'a', 'a', 5, '2020-01-01 00:00:00.5', '2020-01-01', '01:00:00.5', '2020-01-01 00:00:00.5', 2020, 'é', '中'),
  (2, 3.3333333, 3.3333333333333335, -1.5, 'v ', 'c ', 'b\0', 'x', 't ', 'l ', 'nope', '', 0, '0000-00-00', '2020-00-00', '-100:00:00.123', '0000-00-00', 0, 'E', '文'),
  (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (4, 1e-40, 5e-324, 0, '', '', '', '', '', '', 'b', 'a,b', 1023, '9999-12-31 23:59:59.999999', '9999-12-31', '838:59:59', '2038-01-19 03:14:07.999999', 2155, '', ''),
  (5, 0.1, 0.1, 1.5, 'case', 'c', 'b', 'x', 't', 'l', 'a', 'a', 5, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (5, 0.1, 0.1, 1.5, 'CASE', 'c', 'b', 'x', 't', 'l', 'a', 'a', 5, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
