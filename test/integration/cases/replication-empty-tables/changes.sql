DELETE FROM emptied; INSERT INTO filled_and_emptied VALUES (1), (1), (NULL); DELETE FROM filled_and_emptied;
