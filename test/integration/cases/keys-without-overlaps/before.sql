CREATE TABLE stays (room INT NOT NULL, arrival DATE NOT NULL, departure DATE NOT NULL, guest VARCHAR(20), PERIOD FOR stay (arrival, departure),
  UNIQUE KEY `one ``guest` (room, stay WITHOUT OVERLAPS));
CREATE TABLE prices (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, item INT NOT NULL, since DATETIME NOT NULL, until DATETIME NOT NULL, price DECIMAL(10,2),
  PERIOD FOR valid (since, until), UNIQUE (item, valid WITHOUT OVERLAPS), UNIQUE plain (price, until, since));
INSERT INTO stays VALUES (1, '2024-01-01', '2024-01-10', 'a'), (1, '2024-01-10', '2024-01-20', 'b'), (2, '2024-01-01', '2024-02-01', 'c');
INSERT INTO prices VALUES (1, 1, '2024-01-01', '2024-02-01', 1), (2, 1, '2024-02-01', '2024-03-01', 2), (3, 2, '2024-01-01', '2025-01-01', 3);
