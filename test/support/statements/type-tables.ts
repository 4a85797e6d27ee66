import type { Flavour } from "../../../src/mysql/flavour.ts";

/** Types that both families know, one column each; NULL throughout unless the column must have a value. */
const TYPES: readonly string[] = [
  "i1 TINYINT, i2 SMALLINT, i3 MEDIUMINT, i4 INT, i8 BIGINT, b BOOL",
  "i1 TINYINT UNSIGNED, i2 SMALLINT UNSIGNED ZEROFILL, y YEAR, i3 MEDIUMINT UNSIGNED, i4 INT(5) UNSIGNED, i8 BIGINT UNSIGNED, s SMALLINT",
  "f FLOAT, g FLOAT(7,3), h FLOAT(24), d DOUBLE, e DOUBLE(10,2), r REAL, u DOUBLE UNSIGNED, p FLOAT(53)",
  "a DECIMAL, b DECIMAL(65,30), c DECIMAL(5) UNSIGNED, d NUMERIC(10,10), e FIXED(3,1), f DEC(4,0)",
  "a BIT, b BIT(7), c BIT(8), d BIT(9), e BIT(64)",
  "a DATE, b TIME, c TIME(1), d TIME(6), e DATETIME, f DATETIME(2), g TIMESTAMP NULL, h TIMESTAMP(5) NULL, i YEAR",
  "a CHAR, b CHAR(0), c CHAR(255), d CHAR(64) CHARACTER SET latin1, e CHAR(255) CHARACTER SET ucs2, f NCHAR(7)",
  "a VARCHAR(0), b VARCHAR(63), c VARCHAR(64), d VARCHAR(255), e VARCHAR(256) CHARACTER SET latin1, f VARCHAR(3000), g VARCHAR(9) CHARACTER SET gbk",
  "a VARCHAR(9) CHARACTER SET utf8mb3, b VARCHAR(9) CHARACTER SET ascii, c VARCHAR(9) CHARACTER SET utf16, d VARCHAR(9) CHARACTER SET ujis, e VARCHAR(9) BINARY, f VARCHAR(9) CHARACTER SET binary",
  "a BINARY, b BINARY(0), c BINARY(255), d VARBINARY(0), e VARBINARY(255), f VARBINARY(256)",
  "a TINYTEXT, b TEXT, c MEDIUMTEXT, d LONGTEXT, e TEXT(10), f TEXT(70000), g TINYBLOB, h BLOB, i MEDIUMBLOB, j LONGBLOB, k BLOB(20000000)",
  "a ENUM('a'), b ENUM('a,b', 'it''s', '') CHARACTER SET latin1, c SET('a'), d SET('1','2','3','4','5','6','7','8','9')",
  `a ENUM(${Array.from({ length: 255 }, (_, n) => `'${n}'`).join()}), b ENUM(${Array.from({ length: 256 }, (_, n) => `'${n}'`).join()})`,
  `a SET(${Array.from({ length: 24 }, (_, n) => `'${n}'`).join()}), b SET(${Array.from({ length: 33 }, (_, n) => `'${n}'`).join()}), c SET(${Array.from({ length: 64 }, (_, n) => `'${n}'`).join()})`,
  "a GEOMETRY, b POINT, c LINESTRING, d POLYGON, e MULTIPOINT, f MULTILINESTRING, g MULTIPOLYGON, h GEOMETRYCOLLECTION",
  "a JSON, b INT, c INT GENERATED ALWAYS AS (b + 1) VIRTUAL, d INT GENERATED ALWAYS AS (b + 2) STORED, e INT",
  "a INT INVISIBLE, b INT, c VARCHAR(10) DEFAULT (UPPER('x')), d INT INVISIBLE DEFAULT 3",
  "`a b` INT, `c``d` INT, `É` INT, `from` INT, UPPER INT",
  "a INT PRIMARY KEY AUTO_INCREMENT, b VARCHAR(10), UNIQUE KEY (b(3))",
];

const OWN: Readonly<Record<Flavour, readonly string[]>> = {
  mysql: [
    // Keys over expressions, among them a multi-valued one: their hidden columns are not logged.
    "a INT, j JSON, s VARCHAR(20), UNIQUE KEY f ((LOWER(s))), KEY m ((CAST(j->'$.x' AS UNSIGNED ARRAY))), KEY n ((a + 1)), z INT",
    "a INT PRIMARY KEY, s VARCHAR(20), UNIQUE KEY f ((LOWER(s))), z VARCHAR(7)",
    "a VECTOR(3), b VECTOR, c INT",
    "a GEOMETRY SRID 4326, b POINT SRID 0, c SERIAL",
  ],
  mariadb: [
    "a UUID, b INET6, c INET4, d INT",
    "a VARCHAR(200) COMPRESSED, b TEXT COMPRESSED, c VARBINARY(300) COMPRESSED, d MEDIUMBLOB COMPRESSED, e INT",
    "a INT, s DATE NOT NULL DEFAULT '2020-01-01', e DATE NOT NULL DEFAULT '2020-01-02', PERIOD FOR p (s, e), UNIQUE (a, p WITHOUT OVERLAPS)",
  ],
};

/** Each creates a table and writes a row with all columns left to their defaults, or one value where there must be one. */
export const ONE_ROW_TABLES: Readonly<Record<Flavour, readonly string[]>> = {
  mysql: scripts("mysql"),
  mariadb: scripts("mariadb"),
};

function scripts(flavour: Flavour): string[] {
  const types = [...TYPES, ...OWN[flavour]].flatMap((columns, n) => [
    `CREATE TABLE t${n} (${columns})`,
    `INSERT INTO t${n} () VALUES ()`,
  ]);
  // Without strict mode a primary key without a default takes 0.
  const keyless =
    flavour === "mysql"
      ? [
          "SET SESSION sql_generate_invisible_primary_key = ON",
          "CREATE TABLE generated_key (a INT, b VARCHAR(9))",
          "INSERT INTO generated_key VALUES (1, 'x')",
        ]
      : ["CREATE SEQUENCE s", "SELECT NEXT VALUE FOR s"];
  return ["SET SESSION sql_mode = ''", ...types, ...keyless];
}

/** ALTERs after which table maps differ, with the column that a mismatch names (null: the number of columns; moved: whichever is second). */
export const ALTERED: readonly (readonly [string, string | null])[] = [
  ["ADD COLUMN x INT", null],
  ["DROP COLUMN c", null],
  ["MODIFY s VARCHAR(21)", "s"],
  ["MODIFY n BIGINT", "n"],
  ["MODIFY d DECIMAL(8,3)", "d"],
  ["MODIFY t DATETIME(6)", "t"],
  ["MODIFY b MEDIUMBLOB", "b"],
  ["MODIFY e SET('a','b')", "e"],
  ["MODIFY c CHAR(6)", "c"],
  ["MODIFY c BINARY(5)", "c"],
  ["MODIFY n INT AFTER id", "moved"],
];

/** ALTERs that leave table maps (but for names) as they were. */
export const SAME_LOGGED: readonly string[] = [
  "MODIFY n INT DEFAULT 5",
  "RENAME COLUMN n TO m",
  "ADD INDEX (s)",
  "COMMENT 'x'",
  "MODIFY s VARCHAR(20) COLLATE utf8mb4_bin",
];
