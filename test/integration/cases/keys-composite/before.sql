CREATE TABLE composite (a INT NOT NULL, b VARCHAR(20) NOT NULL, c DATE NOT NULL, v INT, PRIMARY KEY (b, a, c));
INSERT INTO composite VALUES (1, 'x', '2020-01-01', 1), (1, 'y', '2020-01-01', 2), (2, 'x', '2020-01-01', 3), (2, 'x', '2020-01-02', 4);
