/** Which texts a server takes for equal, and which ones we do: asked of every collation that it has. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { conflictKeys, hashKey, WILD } from "../../src/applier/conflict-keys.ts";
import { charsetOfCollation, textEncoding } from "../../src/binlog/charset.ts";
import { utf8Text } from "../../src/binlog/read-text.ts";
import { quoteText } from "../../src/mysql/quote.ts";
import type { TableStructure } from "../../src/schema/structure.ts";
import { column, key, structure } from "../support/tables.ts";
import { startServer, type Server } from "../support/servers/index.ts";
import { sample } from "./collations/sample.ts";

const SAMPLE = sample(2000);
/**
 * Collations that don't fill up the shorter text with blanks; with the others it is filled up to so many characters, which is
 * what they compare.
 */
const NO_PAD = /_0900_|_nopad_/;
const LENGTH = 12;

interface Collation {
  readonly name: string;
  readonly charset: string;
}

interface Told {
  readonly bytes: string;
  readonly weight: string;
}

function keyed(charset: string, collation: string): TableStructure {
  const of = structure("t", ["s varchar"], [key("PRIMARY", "s")]);
  return { ...of, columns: [{ ...column("s varchar"), charset, collation }] };
}

/** Texts that weigh the same on the server and would not wait for each other with us. */
function finer(told: readonly Told[], { name, charset }: Collation): readonly string[] {
  const table = keyed(charset, name);
  const [first] = conflictKeys(1, table.columns, table, table, true) ?? [];
  if (first === undefined) return [];
  return [...Map.groupBy(told, ({ weight }) => weight).values()].flatMap((equal) => {
    const byHash = new Map(equal.map(({ bytes }) => [hashKey(first, [valueOf(bytes, charset)]), bytes]));
    byHash.delete(WILD);
    return byHash.size > 1 ? [`${name}: ${[...byHash.values()].join(" = ")}`] : [];
  });
}

/** As the decoder hands it on. */
function valueOf(hex: string, charset: string): string | Buffer {
  const bytes = Buffer.from(hex, "hex");
  return textEncoding(charset) === "utf8" ? utf8Text(bytes, 0, bytes.length) : bytes;
}

describe.each(["mysql", "mariadb"] as const)("the collations of %s", (flavour) => {
  let server: Server;
  let collations: readonly Collation[];

  beforeAll(async () => {
    server = await startServer({ flavour });
    await server.exec("CREATE DATABASE k1 CHARACTER SET utf8mb4");
    await server.exec(
      "CREATE TABLE texts (id INT PRIMARY KEY, s VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)",
      "k1",
    );
    await server.exec(
      `INSERT INTO texts VALUES ${SAMPLE.map((text, id) => `(${id}, ${quoteText(text)})`).join(", ")}`,
      "k1",
    );
    // MariaDB has collations for several charsets, each under a name of its own.
    const name = flavour === "mysql" ? "COLLATION_NAME" : "FULL_COLLATION_NAME";
    collations = await server.query<{ name: string; charset: string }>(
      `SELECT ${name} AS name, CHARACTER_SET_NAME AS charset FROM information_schema.COLLATION_CHARACTER_SET_APPLICABILITY
       WHERE CHARACTER_SET_NAME <> 'binary' ORDER BY 1`,
    );
  });

  afterAll(async () => {
    await server.stop();
  });

  test("T1: the number of every collation tells its charset", async () => {
    const numbered = await server.query<{ number: number | string | null; charset: string }>(
      flavour === "mysql"
        ? "SELECT ID AS number, CHARACTER_SET_NAME AS charset FROM information_schema.COLLATIONS"
        : "SELECT ID AS number, CHARACTER_SET_NAME AS charset FROM information_schema.COLLATION_CHARACTER_SET_APPLICABILITY",
    );
    const wrong = numbered.filter(({ number, charset }) => charsetOfCollation(Number(number)) !== charset);
    expect(wrong).toEqual([]);
    expect(numbered.length).toBeGreaterThan(280);
  });

  test("K1: what is equal there is equal for us, or conflicts with everything", async () => {
    const found: string[] = [];
    let groups = 0;
    let exact = 0;
    for (const collation of collations) {
      const padded = NO_PAD.test(collation.name) ? "" : ` AS CHAR(${LENGTH})`;
      const told = await server.query<{ bytes: string; weight: string }>(
        `SELECT HEX(c) AS bytes, HEX(WEIGHT_STRING(c COLLATE ${collation.name}${padded})) AS weight
         FROM (SELECT CONVERT(s USING ${collation.charset}) AS c FROM k1.texts) AS converted`,
      );
      expect(told).toHaveLength(SAMPLE.length);
      found.push(...finer(told, collation));
      const table = keyed(collation.charset, collation.name);
      if (conflictKeys(1, table.columns, table, table, true) === null) continue;
      exact += 1;
      groups += new Set(told.map(({ weight }) => weight)).size;
    }
    expect(found.slice(0, 20)).toEqual([]);
    // Or the comparison would be of nothing.
    expect(exact).toBeGreaterThan(50);
    expect(groups).toBeGreaterThan(exact * 100);
  });
});
