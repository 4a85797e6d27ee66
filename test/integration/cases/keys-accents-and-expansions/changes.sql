DELETE FROM general WHERE w = 'resume'; INSERT INTO general VALUES ('résumé', 10); UPDATE general SET w = 'Resumé' WHERE n = 10;
DELETE FROM general WHERE w = 'strase'; INSERT INTO general VALUES ('straße', 20);
INSERT INTO general VALUES ('😀', 30); DELETE FROM general WHERE n = 30; INSERT INTO general VALUES ('🎉', 31);
DELETE FROM unicode WHERE w = 'resume'; INSERT INTO unicode VALUES ('RÉSUMÉ', 10); UPDATE unicode SET w = 're\u0301sume\u0301' WHERE n = 10;
DELETE FROM unicode WHERE w = 'strasse'; INSERT INTO unicode VALUES ('straße', 20); UPDATE unicode SET w = 'STRASSE' WHERE n = 20; DELETE FROM unicode WHERE n = 20; INSERT INTO unicode VALUES ('Straße', 21);
DELETE FROM unicode WHERE w = 'か'; INSERT INTO unicode VALUES ('カ', 30); DELETE FROM unicode WHERE n = 30; INSERT INTO unicode VALUES ('ｶ', 31);
INSERT INTO unicode VALUES ('😀', 40); DELETE FROM unicode WHERE n = 40; INSERT INTO unicode VALUES ('🚀', 41);
DELETE FROM unicode520 WHERE n = 1; INSERT INTO unicode520 VALUES ('Résumé', 10); DELETE FROM unicode520 WHERE n = 2; INSERT INTO unicode520 VALUES ('STRAßE', 20);
INSERT INTO unicode520 VALUES ('Æ', 30); DELETE FROM unicode520 WHERE n = 30; INSERT INTO unicode520 VALUES ('ae', 31); DELETE FROM unicode520 WHERE n = 31; INSERT INTO unicode520 VALUES ('AE', 32);
