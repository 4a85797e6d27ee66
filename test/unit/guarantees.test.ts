/**
 * Holds docs/guarantees.md to what it says of itself: every promise names its conditions and its proofs, and
 * every proof is there. A proof is a test's file in code quotes, followed by titles of tests in it in “quotes”;
 * a test that is made from data is named as its source names it (`$name: both sides are equal`).
 */
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/guarantees.md"), "utf8");

/** Syncer criteria about applying and the checkpoint: each must have a proof on the page that names it. */
const CRITERIA = Array.from({ length: 13 }, (_, i) => `S${i + 1}`);

interface Proof {
  readonly file: string;
  readonly title: string;
}

interface Promised {
  /** Its beginning, for people. */
  readonly name: string;
  readonly text: string;
}

const proofs = proofsIn(page);
const promises = promisesIn(page);

describe("the page of guarantees", () => {
  it("has promises with proofs at all", () => {
    expect(promises.length).toBeGreaterThan(10);
    expect(proofs.length).toBeGreaterThan(promises.length);
  });

  it("names only tests that are there, by file and title", () => {
    const missing = proofs.filter(({ file, title }) => !isTitleIn(file, title));
    expect(missing.map(({ file, title }) => `${file}: ${title}`)).toEqual([]);
  });

  it("names no test's file without the title of a test, and no folder of cases that is empty", () => {
    const files = [...page.matchAll(/`(test\/[^`]+\.test\.ts)`/g)].map((m) => m[1] ?? "");
    // The page's own test is what this one is.
    const proven = new Set([...proofs.map(({ file }) => file), "test/unit/guarantees.test.ts"]);
    expect(files.filter((file) => !proven.has(file))).toEqual([]);
    const folders = [...page.matchAll(/`(test\/[^`]+\*)`/g)].map((m) => m[1] ?? "");
    expect(folders.filter((folder) => globSync(folder, { cwd: root }).length === 0)).toEqual([]);
  });

  it("gives every promise a proof", () => {
    expect(promises.filter(({ text }) => proofsIn(text).length === 0).map(({ name }) => name)).toEqual([]);
  });

  it("gives every promise its conditions, which stand at the page's head", () => {
    const known = new Set([...page.matchAll(/^- \*\*(C\d+)\*\*:/gm)].map((m) => m[1] ?? ""));
    const conditions = (text: string): readonly string[] | null => {
      const [, list] = /\((always|C\d+(?:, C\d+)*)\)/.exec(text) ?? [];
      return list === undefined ? null : list === "always" ? [] : list.split(", ");
    };
    const without = promises.filter(({ text }) => conditions(text)?.every((name) => known.has(name)) !== true);
    expect(without.map(({ name }) => name)).toEqual([]);
  });

  it("proves each of the syncer's criteria by a test that names it", () => {
    const named = proofs.flatMap(({ title }) => criteriaIn(title));
    expect(CRITERIA.filter((criterion) => !named.includes(criterion))).toEqual([]);
  });
});

/** Files with their titles, in the order of the text; line breaks count as spaces. */
function proofsIn(text: string): Proof[] {
  const lists = text.replaceAll(/\s+/g, " ").matchAll(/`(test\/[^`]+\.test\.ts)`((?:,? ?“[^”]+”)+)/g);
  return [...lists].flatMap(([, file = "", titles = ""]) =>
    [...titles.matchAll(/“([^”]+)”/g)].map(([, title = ""]) => ({ file, title })),
  );
}

/** Paragraphs that begin in bold, each with the list of proofs behind it, and the rows of tables. */
function promisesIn(text: string): Promised[] {
  // A table's head, and the line under it, only say what the columns are.
  const bodies = text.replaceAll(/^\|.*\n\| ?-.*$/gm, "");
  const blocks = bodies.split(/\n(?=\*\*|#|\| )/).filter((block) => block.startsWith("**") || block.startsWith("| "));
  return blocks.map((block) => ({ name: block.slice(0, 60).split("\n")[0] ?? "", text: block }));
}

function isTitleIn(file: string, title: string): boolean {
  if (!existsSync(join(root, file))) return false;
  const source = readFileSync(join(root, file), "utf8");
  const written = [`"${title.replaceAll('"', String.raw`\"`)}"`, `\`${title}\``, `'${title}'`];
  return written.some((literal) => source.includes(literal));
}

/** `S1–S3, S13: …` names S1, S2, S3 and S13; so does a title that ends in `(S6): …`. */
function criteriaIn(title: string): string[] {
  return [...title.matchAll(/\bS(\d+)(?:–S(\d+))?/g)].flatMap(([, first, last = first]) =>
    Array.from({ length: Number(last) - Number(first) + 1 }, (_, i) => `S${Number(first) + i}`),
  );
}
