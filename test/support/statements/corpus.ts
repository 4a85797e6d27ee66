/** Statements of both families with what the scanner must say of them, one after the other in .sql files. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Flavour } from "../../../src/mysql/flavour.ts";

export interface Sample {
  readonly sql: string;
  readonly sqlMode: bigint;
  readonly flavour: Flavour;
  /** What {@link summary} must give. */
  readonly expected: string;
}

/** Bits of sql_mode, as Query events carry it. */
export const MODES: Readonly<Record<string, bigint>> = {
  ANSI_QUOTES: 4n,
  ORACLE: 512n,
  MSSQL: 1024n,
  NO_BACKSLASH_ESCAPES: 0x100000n,
};

/**
 * A file holds statements as they stand in the log, each followed by a line `--> summary`; a line `--@ MODE,MODE` before
 * a statement names its sql_mode. `both.sql` counts for both families.
 */
export function samples(file: "both" | "mysql" | "mariadb"): Sample[] {
  const text = readFileSync(join(import.meta.dirname, `${file}.sql`), "utf8");
  const flavours: readonly Flavour[] = file === "both" ? ["mysql", "mariadb"] : [file];
  const blocks = text.split(/^--> (.*)\n+/m);
  return blocks.flatMap((block, index) => {
    if (index % 2 === 1 || block.trim() === "") return [];
    const modes = /^--@ (.+)\n/.exec(block);
    const sqlMode = (modes?.[1] ?? "").split(",").reduce((bits, mode) => bits | (MODES[mode] ?? 0n), 0n);
    const sql = block.slice(modes?.[0].length ?? 0).replace(/\n$/, "");
    return flavours.map((flavour) => ({ sql, sqlMode, flavour, expected: blocks[index + 1] ?? "" }));
  });
}
