UPDATE by_double SET n = n + 10; DELETE FROM by_double WHERE n = 12; INSERT INTO by_double VALUES (1e300, 4), (-0.5, 5);
UPDATE by_float SET n = n + 10; DELETE FROM by_float WHERE n = 12; INSERT INTO by_float VALUES (16777217, 4), (1e-40, 5);
