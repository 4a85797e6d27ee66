CREATE TABLE never_touched (id INT NOT NULL PRIMARY KEY);
CREATE TABLE emptied (id INT NOT NULL PRIMARY KEY);
CREATE TABLE filled_and_emptied (id INT);
INSERT INTO emptied VALUES (1), (2), (3);
