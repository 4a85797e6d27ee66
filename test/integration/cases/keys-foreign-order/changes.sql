-- parent and child in separate transactions, back to back: the child must never overtake
INSERT INTO orders VALUES (3, 0); INSERT INTO items VALUES (3, 3); UPDATE orders SET total = 1 WHERE id = 3;
INSERT INTO orders VALUES (4, 0); INSERT INTO items VALUES (4, 4); UPDATE orders SET total = 1 WHERE id = 4;
DELETE FROM items WHERE id = 3; DELETE FROM orders WHERE id = 3; INSERT INTO orders VALUES (3, 5); INSERT INTO items VALUES (3, 3);
UPDATE items SET order_id = 2 WHERE id = 1; DELETE FROM orders WHERE id = 1; INSERT INTO orders VALUES (1, 9); UPDATE items SET order_id = 1 WHERE id = 1; DELETE FROM orders WHERE id = 2;
BEGIN; INSERT INTO orders VALUES (7, 7), (8, 8); INSERT INTO items VALUES (70, 7), (80, 8); UPDATE items SET order_id = 8 WHERE id = 70; DELETE FROM orders WHERE id = 7; COMMIT;
-- a session that doesn't check may leave orphans behind
SET foreign_key_checks = 0; INSERT INTO items VALUES (900, 999); DELETE FROM orders WHERE id = 8; SET foreign_key_checks = 1;
