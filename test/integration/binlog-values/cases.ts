/**
 * Column types and values for the comparison of what the log says with what the server says: each type with NULL, its
 * least and greatest, empty, typical and awkward values.
 */
import type { Flavour } from "../../../src/mysql/flavour.ts";

/** How the server is asked for the same value: the expression over the column `c`, and what our value is turned into. */
export type Question =
  /** CAST(c AS CHAR): what a client sees. */
  | "text"
  /** HEX(c): bytes. */
  | "bytes"
  /** c + 0 as text: integers, ENUM's index, BIT's bits. */
  | "number"
  /** CAST(c AS UNSIGNED) as text: SET's bits. */
  | "mask"
  /** c + 0e0: the double. */
  | "double";

export interface ValueCase {
  readonly type: string;
  readonly question: Question;
  /** SQL expressions. NULL is added to each. */
  readonly values: readonly string[];
  readonly only: Flavour | null;
  /** The version of that flavour that was the first to know it; none: all that are tested. */
  readonly since?: string;
}

function of(question: Question, type: string, values: readonly string[], only: Flavour | null = null): ValueCase {
  return { type, question, values, only };
}

function integers(type: string, least: string, greatest: string, more: readonly string[] = []): ValueCase {
  return of("number", type, ["0", "1", least, greatest, `${greatest} - 1`, "17", ...more]);
}

const BEYOND_DOUBLE = ["9007199254740991", "9007199254740992", "9007199254740993"];

const INTEGERS: readonly ValueCase[] = [
  integers("tinyint", "-128", "127"),
  integers("tinyint unsigned", "0", "255"),
  integers("smallint", "-32768", "32767"),
  integers("smallint unsigned", "0", "65535"),
  integers("mediumint", "-8388608", "8388607"),
  integers("mediumint unsigned", "0", "16777215"),
  integers("int", "-2147483648", "2147483647"),
  integers("int unsigned zerofill", "0", "4294967295"),
  integers("bigint", "-9223372036854775808", "9223372036854775807", [
    ...BEYOND_DOUBLE,
    ...BEYOND_DOUBLE.map((number) => `-${number}`),
  ]),
  integers("bigint unsigned", "0", "18446744073709551615", BEYOND_DOUBLE),
  of("number", "year", ["0", "1901", "2155", "1970", "2024"]),
  ...[1, 7, 8, 9, 16, 31, 32, 33, 48, 49, 53, 54, 63, 64].map((bits) =>
    of("number", `bit(${bits})`, ["0", "1", `b'${"1".repeat(bits)}'`, `b'1${"0".repeat(bits - 1)}'`]),
  ),
];

const FLOATS: readonly ValueCase[] = [
  of("double", "float", ["0", "1.5", "3.402823e38", "-3.402823e38", "1.17549e-38", "0.1"]),
  of("double", "float unsigned", ["0.25"]),
  of("double", "double", ["0", "1.5", "1.7976931348623157e308", "2.2250738585072014e-308", "5e-324", "0.1", "-1e-7"]),
  of("double", "double(10,3)", ["1234567.891"]),
];

const DECIMALS: readonly ValueCase[] = [
  [1, 0], [1, 1], [2, 2], [3, 2], [4, 4], [5, 2], [9, 0], [9, 9], [10, 2], [11, 2], [12, 2], [14, 5], [15, 2], [17, 2],
  [18, 2], [18, 9], [19, 2], [20, 2], [30, 30], [38, 12], [65, 0], [65, 2], [65, 30],
].map(([precision = 0, scale = 0]) => {
  const fraction = (digits: string): string => (scale === 0 ? "" : `.${digits}`);
  const greatest = "9".repeat(precision - scale) + fraction("9".repeat(scale));
  const least = scale === 0 ? "1" : `0.${"0".repeat(scale - 1)}1`;
  const typical = precision > scale + 3 ? ["123", "-100", "1000"] : [];
  return of("text", `decimal(${precision},${scale})`, ["0", "-0.0", greatest, `-${greatest}`, least, `-${least}`, ...typical]);
}); // prettier-ignore

const TEMPORALS: readonly ValueCase[] = [
  of("text", "date", ["'0000-00-00'", "'0001-01-01'", "'1000-01-01'", "'9999-12-31'", "'2024-02-29'", "'2024-00-15'", "'2024-05-00'"]),
  ...["", "9", "98", "987", "9876", "98765", "987654"].flatMap((digits) => {
    const fsp = digits.length;
    const fraction = fsp === 0 ? "" : `.${digits}`;
    return [
      of("text", `time(${fsp})`, [
        "'00:00:00'", "'838:59:59'", "'-838:59:59'", `'-00:00:01${fraction}'`, `'00:00:00${fraction}'`,
        `'-00:00:00${fraction}'`, `'23:59:59${fraction}'`, `'-100:00:00${fraction}'`, "'99:10:11'",
      ]),
      of("text", `datetime(${fsp})`, [
        "'0000-00-00'", "'0001-01-01 00:00:01'", "'1000-01-01 00:00:00'", `'9999-12-31 23:59:59${fraction}'`,
        `'2024-02-29 12:34:56${fraction}'`, `'2024-00-00 01:02:03${fraction}'`,
      ]),
      of("text", `timestamp(${fsp}) null`, [
        "'0000-00-00'", "'1970-01-01 00:00:01'", `'2038-01-19 03:14:07${fraction}'`, `'2024-02-29 12:34:56${fraction}'`,
        "'1999-12-31 23:59:59'", "'2000-03-01 00:00:00'",
      ]),
    ];
  }),
]; // prettier-ignore

function labels(count: number, prefix: string): string {
  return Array.from({ length: count }, (_, index) => `'${prefix}${index}'`).join(",");
}

const ENUMS: readonly ValueCase[] = [
  of("number", "enum('a','b','ü')", ["'a'", "'ü'", "''"]),
  of("number", `enum(${labels(300, "v")})`, ["'v0'", "'v254'", "'v255'", "'v299'"]),
  ...[3, 9, 17, 25, 33, 64].map((count) =>
    of("mask", `set(${labels(count, "m")})`, ["''", "'m0'", `'m${count - 1}'`, "'m0,m2'", String(2n ** BigInt(count) - 1n)]),
  ),
]; // prettier-ignore

const CHARSETS = ["utf8mb4", "utf8mb3", "ascii", "latin1", "gbk", "sjis", "koi8r", "ucs2", "utf16", "utf32"];
const AS_STRINGS = new Set(["utf8mb4", "utf8mb3", "ascii"]);
const TEXT_TYPES = [
  ["char(10)", 10],
  ["char(255)", 255],
  ["varchar(20)", 20],
  ["varchar(300)", 300],
  ["tinytext", 50],
  ["text", 5000],
  ["mediumtext", 70_000],
  ["longtext", 100],
] as const;

const TEXTS: readonly ValueCase[] = CHARSETS.flatMap((charset) =>
  TEXT_TYPES.map(([type, length]) =>
    of(AS_STRINGS.has(charset) ? "text" : "bytes", `${type} character set ${charset}`, [
      "''",
      "'abc'",
      "'ABC def 9'",
      `repeat('x', ${length})`,
      ...(charset === "ascii" ? [] : [`convert('é' using ${charset})`]),
      ...(charset.startsWith("utf8") ? ["'日本語 ü'", "'\ufffd'", `repeat('ü', ${Math.min(length, 100)})`] : []),
      ...(charset === "utf8mb4" ? ["'😀'"] : []),
    ]),
  ),
);

/** The rest of what the servers know; their bytes are carried as they are. */
const OTHER_CHARSETS = [
  "armscii8", "big5", "binary", "cp1250", "cp1251", "cp1256", "cp1257", "cp850", "cp852", "cp866", "cp932", "dec8", "eucjpms", "euckr", "gb2312",
  "geostd8", "greek", "hebrew", "hp8", "keybcs2", "koi8u", "latin2", "latin5", "latin7", "macce", "macroman", "swe7", "tis620", "ujis", "utf16le",
]; // prettier-ignore

const OTHER_TEXTS: readonly ValueCase[] = [...OTHER_CHARSETS, "gb18030"].flatMap((charset) =>
  ["char(10)", "varchar(20)", "text"].map((type) =>
    of(
      "bytes",
      `${type} character set ${charset}`,
      ["''", "'abc'", ...["é", "日本語", "Жш", "ωΨ", "€", "ş"].map((text) => `convert('${text}' using ${charset})`)],
      charset === "gb18030" ? "mysql" : null,
    ),
  ),
);

const BYTES: readonly ValueCase[] = [
  "binary(5)",
  "binary(255)",
  "varbinary(20)",
  "varbinary(400)",
  "tinyblob",
  "blob",
  "mediumblob",
  "longblob",
].map((type) => of("bytes", type, ["''", "x'00'", "x'6100'", "x'610000'", "x'ff80'", "x'0061000000'"]));

const GEOMETRIES: readonly ValueCase[] = [
  of("bytes", "geometry", [
    "ST_GeomFromText('POINT(1 2)')",
    "ST_GeomFromText('LINESTRING(0 0,1 1,2 2)', 4326)",
    "ST_GeomFromText('POLYGON((0 0,1 1,1 0,0 0))')",
    "ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 1))')",
  ]),
  of("bytes", "point", ["ST_GeomFromText('POINT(-1.5 2)', 4326)"]),
  of("bytes", "vector(3)", ["to_vector('[1,2,3]')", "to_vector('[-0.5,1e-3,3.4e38]')"], "mysql"),
];

const MARIADB: readonly ValueCase[] = [
  of("text", "inet6", [
    "'::'", "'::1'", "'1::'", "'2001:db8::ff00:42:8329'", "'::ffff:1.2.3.4'", "'::1.2.3.4'", "'1:0:0:2:0:0:0:3'",
    "'1:0:0:2:0:0:3:4'", "'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'", "'1:2:3:4:5:6:7:0'", "'0:2:3:4:5:6:7:8'",
    "'1:0:3:4:5:6:7:8'", "'::ffff:0:0'", "'::ffff:0:1:2'", "'::2:3'", "'::1:0:0'", "'0:0:0:0:1::'", "'::2:0'", "'::ffff'",
  ], "mariadb"),
  of("text", "inet4", ["'0.0.0.0'", "'255.255.255.255'", "'1.2.3.0'"], "mariadb"),
  of("text", "uuid", [
    "'00000000-0000-0000-0000-000000000000'", "'ffffffff-ffff-ffff-ffff-ffffffffffff'", "uuid()",
    "'123e4567-e89b-12d3-a456-426655440000'", "'123e4567-e89b-42d3-a456-426655440001'",
    "'018f4567-e89b-72d3-a456-426655440001'", "'123e4567-e89b-02d3-2456-426655440001'",
  ], "mariadb"),
  ...[100, 254, 255, 256, 2000].map((length) => `varchar(${length})`).concat("tinytext", "text", "mediumtext", "longtext").map((type) =>
    of("text", `${type} compressed`, ["''", "'a'", "repeat('ab', 40)", "'ü'", "repeat('日', 30)"], "mariadb"),
  ),
  ...["varbinary(100)", "blob"].map((type) =>
    of("bytes", `${type} compressed`, ["''", "x'00'", "repeat(x'00ff', 40)"], "mariadb"),
  ),
]; // prettier-ignore

const NEW_MARIADB: readonly ValueCase[] = [
  of("bytes", "vector(3)", ["VEC_FromText('[1,2,3]')", "VEC_FromText('[-0.5,0.001,340000000000]')"], "mariadb"),
  of("bytes", "vector(300)", [`VEC_FromText(concat('[0', repeat(',1', 299), ']'))`], "mariadb"),
  of(
    "text",
    "timestamp(6) null",
    ["'2038-01-19 03:14:08'", "'2106-02-07 06:28:15.999999'", "'2100-02-28 23:59:59.1'"],
    "mariadb",
  ),
].map((each) => ({ ...each, since: "11.7" }));

const DOUBLES = [
  "0.0", "1.0", "1e20", "1.5e20", "1e14", "1e15", "1e16", "123456789012345.0", "1234567890123456.0",
  "12345678901234567.0", "999999999999999.9", "1e21", "1e22", "1e100", "-0.0", "1.7976931348623157e308", "5e-324", "0.1", "0.001",
  "1e-5", "1e-6", "1e-7", "1.5e-7", "1.234567e-10", "1e-14", "1e-15", "1.5e-15", "1e-16", "1.23456789012345e-15",
  "1.23456789012345e-14", "-1e-9", "3.141592653589793", "100000.5", "-2.5e-20", "99999999999999.98",
  "0.30000000000000004", "123456789.12345678", "1.2345678901234567e-5", "9007199254740993.0", "4503599627370496.5",
]; // prettier-ignore

/** JSON as SQL that both make: in MariaDB it is a text. */
const JSON_TEXTS = ["'{}'", "'[]'", `'[1, "a", null, true]'`, `'{"b": {"c": [1.0, 1e20, -5]}}'`, `'"x"'`];

const JSON_SCALARS = [
  "json_array(18446744073709551615, -9223372036854775808, 2147483648, -2147483649, 65535, 65536, -32768, -32769)",
  "json_array(cast('12.5' as decimal(10,3)), cast(-0.05 as decimal(30,25)), cast('999' as decimal(65,30)))",
  "json_array(cast('2024-01-02' as date), cast('2024-01-02 03:04:05.6' as datetime(6)), cast('0000-00-00' as date))",
  "json_array(cast('-12:13:14.5' as time(3)), cast('00:00:00' as time), cast('-838:59:59' as time))",
  "json_object('a', x'cafe', 'b c', json_array(b'101', x''), 'é', cast('2024-01-02' as date), 'q\"', 1.25)",
  "json_array(cast(repeat('x', 57) as binary), cast(repeat('x', 58) as binary), cast(repeat('x', 200) as binary))",
  "json_array(st_geomfromtext('POINT(1 2)'), cast(2024 as year), 1.5e0, 1.5, cast(1.5 as float))",
  "cast(timestamp'2024-01-01 00:00:00.123' as json)",
  String.raw`cast('"\\u0000\\u001f\\u007f\\u00e9\\ud83d\\ude00/\\b\\f\\n\\r\\t\\"\\\\"' as json)`,
  "json_object('', 1, 'aa', 2, 'b', 3, 'AA', 4, 'z', 5)",
  "cast(concat(repeat('[', 99), '1', repeat(']', 99)) as json)",
  `cast(concat('[', repeat('"0123456789",', 8000), '1]') as json)`,
  `cast(concat('{"k":[', repeat('100000,', 20000), '1], "l":{"m":70000}}') as json)`,
  "json_array(repeat('ü', 70000))",
];

const JSONS: readonly ValueCase[] = [
  of("text", "json", JSON_TEXTS),
  of("text", "json", [...DOUBLES.map((double) => `cast('${double}' as json)`), ...JSON_SCALARS], "mysql"),
];

export const VALUE_CASES: readonly ValueCase[] = [
  ...INTEGERS,
  ...FLOATS,
  ...DECIMALS,
  ...TEMPORALS,
  ...ENUMS,
  ...TEXTS,
  ...OTHER_TEXTS,
  ...BYTES,
  ...GEOMETRIES,
  ...MARIADB,
  ...NEW_MARIADB,
  ...JSONS,
];
