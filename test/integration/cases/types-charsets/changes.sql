INSERT INTO charsets VALUES
  (10, 'é漢', 'äöüß€', 'plain', 'łąż', 'Привет', 'Привет', '中文繁體', '中文', '繁體中文', '日本語ソ表', '日本語①ソ', '日本語', '한국어', 'é漢', '漢😀', '漢😀', '漢😀', 'naïve €'),
  (11, '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', ''),
  (12, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (13, 'q''q\\', 'q''q\\', 'q''q\\', 'q''q\\', 'q''q\\', 'q''q\\', 'q''q\\', 'q''q', 'q''q\\', 'q''q', 'q''q', 'q''q\\', 'q''q\\', 'q''q\\', 'q''q\\', 'q''q\\', 'q''q\\', 'tail  ');
-- bytes 0x81, 0x8D … have no character in cp1252, yet latin1 keeps them
INSERT INTO charsets (id, latin1, cp1252text) VALUES (14, _latin1 0x8081828D8F909D9FA0FF, _latin1 0x00810100);
-- 0x5C as the second byte of a character: a backslash for whoever reads bytes
INSERT INTO charsets (id, gbk, sjis, big5) VALUES (15, _gbk 0x815C, _sjis 0x835C955C, _big5 0xA55C);
UPDATE charsets SET latin1 = 'übergrößenträger', gbk = '汉字', sjis = 'ｶﾀｶﾅ', utf16 = '𝄞', utf32 = '𝄞 ' WHERE id IN (1, 2);
UPDATE charsets SET latin1 = NULL, utf16le = NULL, ucs2 = '' WHERE id = 10;
DELETE FROM charsets WHERE id = 13;
