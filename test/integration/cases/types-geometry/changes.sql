INSERT INTO shapes VALUES (10,
  ST_GeomFromText('POINT(0 0)'), ST_GeomFromText('POINT(-1.5 2.25)'), ST_GeomFromText('LINESTRING(0 0, 1 1, 2 0)'), ST_GeomFromText('POLYGON((0 0, 4 0, 4 4, 0 4, 0 0), (1 1, 2 1, 2 2, 1 2, 1 1))'),
  ST_GeomFromText('MULTIPOINT(0 0, 1 2)'), ST_GeomFromText('MULTILINESTRING((0 0, 1 1), (2 2, 3 3))'), ST_GeomFromText('MULTIPOLYGON(((0 0, 1 0, 1 1, 0 0)), ((5 5, 6 5, 6 6, 5 5)))'), ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 1), LINESTRING(0 0, 1 1))'));
INSERT INTO shapes (id, g, p) VALUES (11, ST_GeomFromText('LINESTRING(10 20, 30 40)', 4326), ST_GeomFromText('POINT(10 20)', 4326));
INSERT INTO shapes (id, g) VALUES (12, ST_GeomFromText('POINT(1e300 -1e-300)')), (13, NULL), (14, ST_GeomFromText('POINT(3857 1)', 3857));
INSERT INTO shapes (id, gc) VALUES (15, ST_GeomFromText('GEOMETRYCOLLECTION EMPTY'));
UPDATE shapes SET p = ST_GeomFromText('POINT(0.1 0.2)', 4326) WHERE id IN (1, 2);
UPDATE shapes SET g = NULL, a = NULL WHERE id = 10;
DELETE FROM shapes WHERE id = 12;
