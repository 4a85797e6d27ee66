CREATE TABLE words (w VARCHAR(20) NOT NULL PRIMARY KEY, n INT);
CREATE TABLE mails (id INT NOT NULL PRIMARY KEY, mail VARCHAR(50) NOT NULL, UNIQUE KEY (mail));
INSERT INTO words VALUES ('alpha', 1), ('Beta', 2), ('gamma', 3);
INSERT INTO mails VALUES (1, 'a@x'), (2, 'b@x');
