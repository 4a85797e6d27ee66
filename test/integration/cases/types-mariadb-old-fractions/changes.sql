SET GLOBAL mysql56_temporal_format = OFF;
CREATE TABLE old (id INT NOT NULL PRIMARY KEY, t TIME(3));
SET GLOBAL mysql56_temporal_format = ON;
INSERT INTO old VALUES (1, '12:34:56.789');
