/** The case folders as values. cases/README.md says what the files mean. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { z } from "zod";
import type { Flavour } from "../../../src/mysql/flavour.ts";

const FOLDER = fileURLToPath(new URL("../cases/", import.meta.url));

/** Upstream and downstream. */
export interface Pair {
  readonly name: "mysql-mysql" | "mariadb-mariadb" | "mysql-mariadb" | "mariadb-mysql";
  readonly upstream: Flavour;
  readonly downstream: Flavour;
}

export const PAIRS: readonly Pair[] = [
  { name: "mysql-mysql", upstream: "mysql", downstream: "mysql" },
  { name: "mariadb-mariadb", upstream: "mariadb", downstream: "mariadb" },
  { name: "mysql-mariadb", upstream: "mysql", downstream: "mariadb" },
  { name: "mariadb-mysql", upstream: "mariadb", downstream: "mysql" },
];

const CaseYaml = z.strictObject({
  pairs: z
    .array(z.enum(["mysql-mysql", "mariadb-mariadb", "mysql-mariadb", "mariadb-mysql"]))
    .min(1)
    .optional(),
  compare: z.enum(["everything", "rows"]).default("everything"),
  error: z.string().optional(),
});

/** One folder. */
export interface Case {
  readonly name: string;
  /** Its own database; others of it begin with this and `_`. */
  readonly database: string;
  readonly before: string;
  readonly downstream: string | null;
  readonly changes: string;
  readonly pairs: readonly Pair["name"][];
  readonly rowsOnly: boolean;
  /** Name of the error that the task must stop with; null: both sides must become equal. */
  readonly error: string | null;
}

/**
 * All cases by name; only those that TIDEMARK_CASES (beginnings of names, with commas) asks for.
 * @throws when a folder isn't a case: a mistake in a case must not make it disappear
 */
export function readCases(wanted: string = process.env["TIDEMARK_CASES"] ?? ""): readonly Case[] {
  const beginnings = wanted.split(",").filter((text) => text !== "");
  return readdirSync(FOLDER, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .toSorted()
    .filter((name) => beginnings.length === 0 || beginnings.some((beginning) => name.startsWith(beginning)))
    .map(readCase);
}

/** The pairs that TIDEMARK_PAIRS asks for; all without it. */
export function wantedPairs(wanted: string = process.env["TIDEMARK_PAIRS"] ?? ""): readonly Pair[] {
  if (wanted === "") return PAIRS;
  const pairs = PAIRS.filter(({ name }) => wanted.split(",").includes(name));
  if (pairs.length !== wanted.split(",").length)
    throw new Error(`TIDEMARK_PAIRS=${wanted}: ${PAIRS.map(({ name }) => name).join(", ")}`);
  return pairs;
}

function readCase(name: string): Case {
  const files = new Map(
    readdirSync(join(FOLDER, name)).map((file) => [file, readFileSync(join(FOLDER, name, file), "utf8")]),
  );
  for (const file of files.keys()) {
    if (!["before.sql", "downstream.sql", "changes.sql", "case.yaml"].includes(file))
      throw new Error(`cases/${name}: ${file} is no file of a case`);
  }
  const [before, changes] = [files.get("before.sql"), files.get("changes.sql")];
  if (before === undefined || changes === undefined)
    throw new Error(`cases/${name}: before.sql or changes.sql is missing`);
  const settings = CaseYaml.parse(parse(files.get("case.yaml") ?? "{}"));
  return {
    name,
    database: `case_${name.replaceAll("-", "_")}`,
    before,
    downstream: files.get("downstream.sql") ?? null,
    changes,
    pairs: settings.pairs ?? PAIRS.map((pair) => pair.name),
    rowsOnly: settings.compare === "rows",
    error: settings.error ?? null,
  };
}
