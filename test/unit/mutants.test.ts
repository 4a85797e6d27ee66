import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { MUTANTS } from "../chaos/mutants/all.ts";

const inProject = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

// `npm run mutants` takes minutes; what has gone stale is seen here at once.
it.each(MUTANTS)(
  "the breakage «$name» still has its place in the source, and whatever is to notice it is there",
  (mutant) => {
    const source = readFileSync(inProject(`src/${mutant.file}`), "utf8");
    expect(mutant.edits.filter(([text]) => source.split(text).length !== 2)).toEqual([]);
    const files = mutant.caughtBy === "simulation" ? [] : mutant.caughtBy;
    expect(files.filter((file) => !existsSync(inProject(`test/unit/${file}`)))).toEqual([]);
  },
);
