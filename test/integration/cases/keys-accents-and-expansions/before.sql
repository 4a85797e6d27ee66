CREATE TABLE general (w VARCHAR(20) COLLATE utf8mb4_general_ci NOT NULL PRIMARY KEY, n INT);
CREATE TABLE unicode (w VARCHAR(20) COLLATE utf8mb4_unicode_ci NOT NULL PRIMARY KEY, n INT);
CREATE TABLE unicode520 (w VARCHAR(20) COLLATE utf8mb4_unicode_520_ci NOT NULL PRIMARY KEY, n INT);
INSERT INTO general VALUES ('resume', 1), ('strase', 2);
INSERT INTO unicode VALUES ('resume', 1), ('strasse', 2), ('か', 3);
INSERT INTO unicode520 VALUES ('resume', 1), ('strasse', 2);
