-- PAD SPACE collations hold 'a' and 'a ' for the same key, the _bin ones too
CREATE TABLE general (w VARCHAR(20) COLLATE utf8mb4_general_ci NOT NULL PRIMARY KEY, n INT);
CREATE TABLE bin_ (w VARCHAR(20) COLLATE utf8mb4_bin NOT NULL PRIMARY KEY, n INT);
CREATE TABLE chars (w CHAR(20) COLLATE utf8mb4_bin NOT NULL PRIMARY KEY, n INT);
INSERT INTO general VALUES ('a', 1), ('b ', 2);
INSERT INTO bin_ VALUES ('a', 1), ('b ', 2);
INSERT INTO chars VALUES ('a', 1), ('b ', 2);
