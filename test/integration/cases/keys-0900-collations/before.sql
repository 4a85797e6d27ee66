CREATE TABLE ai_ci (w VARCHAR(20) COLLATE utf8mb4_0900_ai_ci NOT NULL PRIMARY KEY, n INT);
CREATE TABLE as_cs (w VARCHAR(20) COLLATE utf8mb4_0900_as_cs NOT NULL PRIMARY KEY, n INT);
CREATE TABLE bin_ (w VARCHAR(20) COLLATE utf8mb4_0900_bin NOT NULL PRIMARY KEY, n INT);
INSERT INTO ai_ci VALUES ('resume', 1), ('strasse', 2), ('a', 3), ('a ', 4);
INSERT INTO as_cs VALUES ('resume', 1), ('Resume', 2);
INSERT INTO bin_ VALUES ('a', 1), ('a ', 2);
