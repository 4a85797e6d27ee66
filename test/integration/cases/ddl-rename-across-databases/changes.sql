RENAME TABLE a TO case_ddl_rename_across_databases_2.a;
INSERT INTO case_ddl_rename_across_databases_2.a VALUES (2, 'b');
CREATE TABLE a (other INT);
INSERT INTO a VALUES (1);
ALTER TABLE case_ddl_rename_across_databases_2.a RENAME back;
INSERT INTO back VALUES (3, 'c');
