DELETE FROM ai_ci WHERE n = 1; INSERT INTO ai_ci VALUES ('RÉSUMÉ', 10); UPDATE ai_ci SET w = 'Resume' WHERE n = 10;
DELETE FROM ai_ci WHERE n = 2; INSERT INTO ai_ci VALUES ('straße', 20);
BEGIN; DELETE FROM ai_ci WHERE w = 'a'; UPDATE ai_ci SET w = 'A' WHERE w = 'a '; INSERT INTO ai_ci VALUES ('A ', 30); COMMIT;
UPDATE as_cs SET w = CONCAT(w, 'é') WHERE n = 1; INSERT INTO as_cs VALUES ('résumé', 3), ('resume', 4);
DELETE FROM bin_ WHERE n = 1; INSERT INTO bin_ VALUES ('A', 3), ('a', 4); UPDATE bin_ SET w = 'a  ' WHERE n = 2;
