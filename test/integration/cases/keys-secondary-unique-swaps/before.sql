CREATE TABLE seats (id INT NOT NULL PRIMARY KEY, seat INT UNIQUE, name VARCHAR(20));
INSERT INTO seats VALUES (1, 1, 'one'), (2, 2, 'two'), (3, 3, 'three'), (4, 4, 'four'), (5, 5, 'five');
