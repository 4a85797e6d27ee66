INSERT INTO orders VALUES (2, 2), (3, 3); UPDATE orders SET total = 100 WHERE id IN (1, 2); DELETE FROM orders WHERE id = 3;
