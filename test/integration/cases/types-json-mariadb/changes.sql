INSERT INTO documents VALUES (10, '{ "spaces" : [1,2 , 3] , "b":1.0, "b": 2 }'), (11, '"text"'), (12, 'null'), (13, NULL), (14, '[]'), (15, '"\\u00e9 é 😀"'), (16, '1e2'), (17, JSON_ARRAY(REPEAT('x', 70000)));
UPDATE documents SET j = JSON_SET(j, '$.b', 'new') WHERE id = 1;
UPDATE documents SET j = NULL WHERE id = 11;
DELETE FROM documents WHERE id = 12;
