CREATE TABLE bits (id INT NOT NULL PRIMARY KEY, a BIT, b BIT(7), c BIT(8), d BIT(9), e BIT(16), f BIT(33), g BIT(63), h BIT(64));
INSERT INTO bits VALUES (1, b'1', b'1', b'1', b'1', b'1', b'1', b'1', b'1'), (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
