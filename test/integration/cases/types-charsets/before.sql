CREATE TABLE charsets (
  id INT NOT NULL PRIMARY KEY,
  utf8mb3 VARCHAR(40) CHARACTER SET utf8mb3 COLLATE utf8mb3_general_ci,
  latin1 VARCHAR(40) CHARACTER SET latin1 COLLATE latin1_swedish_ci,
  ascii_ VARCHAR(40) CHARACTER SET ascii COLLATE ascii_general_ci,
  latin2 VARCHAR(40) CHARACTER SET latin2 COLLATE latin2_general_ci,
  cp1251 VARCHAR(40) CHARACTER SET cp1251 COLLATE cp1251_general_ci,
  koi8r CHAR(40) CHARACTER SET koi8r COLLATE koi8r_general_ci,
  gbk VARCHAR(40) CHARACTER SET gbk COLLATE gbk_chinese_ci,
  gb2312 VARCHAR(40) CHARACTER SET gb2312 COLLATE gb2312_chinese_ci,
  big5 VARCHAR(40) CHARACTER SET big5 COLLATE big5_chinese_ci,
  sjis VARCHAR(40) CHARACTER SET sjis COLLATE sjis_japanese_ci,
  cp932 VARCHAR(40) CHARACTER SET cp932 COLLATE cp932_japanese_ci,
  ujis VARCHAR(40) CHARACTER SET ujis COLLATE ujis_japanese_ci,
  euckr CHAR(40) CHARACTER SET euckr COLLATE euckr_korean_ci,
  ucs2 VARCHAR(40) CHARACTER SET ucs2 COLLATE ucs2_general_ci,
  utf16 CHAR(40) CHARACTER SET utf16 COLLATE utf16_general_ci,
  utf16le VARCHAR(40) CHARACTER SET utf16le COLLATE utf16le_general_ci,
  utf32 TEXT CHARACTER SET utf32 COLLATE utf32_general_ci,
  cp1252text TEXT CHARACTER SET latin1 COLLATE latin1_bin
);
INSERT INTO charsets (id, latin1, gbk, sjis) VALUES (1, 'é', '中', 'ア'), (2, NULL, NULL, NULL);
