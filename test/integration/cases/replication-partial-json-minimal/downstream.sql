-- what an update does not touch may differ, as with columns that a MINIMAL image leaves out
UPDATE t SET j = JSON_SET(j, '$.downstream', TRUE) WHERE id = 7;
