/**
 * Which charset a collation number belongs to. MySQL and MariaDB give the numbers; where both know
 * one they agree. From `information_schema.COLLATIONS` of MySQL 9.7 and
 * `COLLATION_CHARACTER_SET_APPLICABILITY` of MariaDB 10.11. MariaDB computes the numbers of its UCA 14
 * collations: 2048 + 256 × charset + tailoring (`my_uca1400_make_builtin_collation_id`), so those stand here
 * as whole blocks.
 */
const COLLATIONS: Readonly<Record<string, string>> = {
  big5: "1 84 1025 1108",
  latin2: "2 9 21 27 77 1033 1101",
  dec8: "3 69 1027 1093",
  cp850: "4 80 1028 1104",
  latin1: "5 8 15 31 47-49 94 1032 1071",
  hp8: "6 72 1030 1096",
  koi8r: "7 74 1031 1098",
  swe7: "10 82 1034 1106",
  ascii: "11 65 1035 1089",
  ujis: "12 91 1036 1115",
  sjis: "13 88 1037 1112",
  cp1251: "14 23 50-52 1074-1075",
  hebrew: "16 71 1040 1095",
  tis620: "18 89 1042 1113",
  euckr: "19 85 1043 1109",
  latin7: "20 41-42 79 1065 1103",
  koi8u: "22 75 1046 1099",
  gb2312: "24 86 1048 1110",
  greek: "25 70 1049 1094",
  cp1250: "26 34 44 66 99 1050 1090",
  gbk: "28 87 1052 1111",
  cp1257: "29 58-59 1082-1083",
  latin5: "30 78 1054 1102",
  armscii8: "32 64 1056 1088",
  utf8mb3: "33 76 83 192-215 223 576-578 1057 1107 1216 1238 2048-2303",
  ucs2: "35 90 128-151 159 640-642 1059 1114 1152 1174 2560-2815",
  cp866: "36 68 1060 1092",
  keybcs2: "37 73 1061 1097",
  macce: "38 43 1062 1067",
  macroman: "39 53 1063 1077",
  cp852: "40 81 1064 1105",
  utf8mb4: "45-46 224-247 255-323 608-610 1069-1070 1248 1270 2304-2559",
  utf16: "54-55 101-124 672-674 1078-1079 1125 1147 2816-3071",
  utf16le: "56 62 1080 1086",
  cp1256: "57 67 1081 1091",
  utf32: "60-61 160-183 736-738 1084-1085 1184 1206 3072-3327",
  binary: "63",
  geostd8: "92-93 1116-1117",
  cp932: "95-96 1119-1120",
  eucjpms: "97-98 1121-1122",
  gb18030: "248-250",
};

const CHARSET_BY_COLLATION: ReadonlyMap<number, string> = byCollation();

function byCollation(): Map<number, string> {
  const map = new Map<number, string>();
  for (const [charset, ranges] of Object.entries(COLLATIONS)) {
    for (const range of ranges.split(" ")) {
      const [first = 0, last = first] = range.split("-").map(Number);
      for (let number = first; number <= last; number += 1) map.set(number, charset);
    }
  }
  return map;
}

/** `latin1` of 8, `utf8mb4` of 255; null for a number that no server we know has given. */
export function charsetOfCollation(number: number): string | null {
  return CHARSET_BY_COLLATION.get(number) ?? null;
}

/** How a charset's bytes become a {@link Value}: see the table in `value.ts`. */
export type TextEncoding = "utf8" | "binary" | "other";

/** `utf8` is what older servers call utf8mb3. */
export function textEncoding(charset: string | null): TextEncoding {
  if (charset === null || charset === "binary") return "binary";
  return charset === "utf8mb4" || charset === "utf8mb3" || charset === "utf8" || charset === "ascii" ? "utf8" : "other";
}
