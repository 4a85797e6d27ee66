INSERT INTO places VALUES (2, ST_GeomFromText('POINT(-33.9 151.2)', 4326)), (3, ST_GeomFromText('POINT(90 180)', 4326));
UPDATE places SET at = ST_GeomFromText('POINT(48.1 11.6)', 4326) WHERE id = 1;
DELETE FROM places WHERE id = 2;
