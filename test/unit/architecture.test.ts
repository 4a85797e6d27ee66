/**
 * The rules of the house that a machine can check; ARCHITECTURE.md says why they are there.
 * What a linter can check as well (time, chance, process, promises, switches) stands in .oxlintrc.json.
 */
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";

/** Top floor first. What stands together on a floor does not know its neighbours. */
const FLOORS = [
  ["cli"],
  ["daemon", "status"],
  ["syncer", "config"],
  ["checkpoint"],
  ["applier"],
  ["routing"],
  ["schema"],
  ["upstream"],
  ["binlog"],
  ["mysql"],
  ["migrations"],
  ["errors", "clock", "retry", "faults", "metrics", "log"],
];
const GROUND = FLOORS.length - 1;
const LINES_MAX = 300;
const FUNCTION_LINES_MAX = 70;

const root = join(import.meta.dirname, "../..");
const read = (file: string): string => readFileSync(join(root, file), "utf8");
const code = globSync("{src,migrations,test}/**/*.ts", { cwd: root }).toSorted();
const product = code.filter((file) => !file.startsWith("test/"));
const docs = globSync(["*.md", "docs/**/*.md"], { cwd: root }).toSorted();

describe("the floors", () => {
  it("has a floor for every room", () => {
    expect([...new Set(product.map(roomOf))].filter((room) => floorOf(room) === -1)).toEqual([]);
  });

  it("imports only down, or within the room", () => {
    const climbs = product.flatMap((file) =>
      importsOf(file).flatMap((target) => {
        const [from, to] = [roomOf(file), roomOf(target)];
        const fine = from === to || floorOf(from) < floorOf(to) || floorOf(from) === GROUND;
        return fine && to !== "test" ? [] : [`${file} imports ${target}`];
      }),
    );
    expect(climbs).toEqual([]);
  });

  it("keeps binlog/ pure: no input, no output", () => {
    const inputs = product
      .filter((file) => roomOf(file) === "binlog")
      .flatMap((file) =>
        [...read(file).matchAll(/from "(node:(?!buffer|zlib)[^"]+|mysql2[^"]*)"/g)].map((m) => `${file}: ${m[1]}`),
      );
    expect(inputs).toEqual([]);
  });
});

describe("the sizes", () => {
  it(`has no file over ${LINES_MAX} lines`, () => {
    const long = code.filter((file) => linesOf(file).length > LINES_MAX);
    expect(long.map((file) => `${file}: ${linesOf(file).length} lines`)).toEqual([]);
  });

  it(`has no function over ${FUNCTION_LINES_MAX} lines`, () => {
    expect(code.flatMap((file) => longFunctionsOf(file))).toEqual([]);
  });

  it("has no file that is named after nothing", () => {
    expect(code.filter((file) => /\b(utils?|helpers?|misc|common)\b/i.test(file))).toEqual([]);
  });
});

describe("the documents", () => {
  const headings = new Set([...read("docs/errors.md").matchAll(/^### ([a-z0-9_]+)$/gm)].map((m) => m[1] ?? ""));

  it("explains every named error in docs/errors.md", () => {
    const thrown = /(?:\bfatal|new TidemarkError)\(\s*"([a-z0-9_]+)"|\bname: "([a-z0-9_]+)",\s*(?:kind|hint|stage):/g;
    const names = product.flatMap((file) => [...read(file).matchAll(thrown)].map((m) => m[1] ?? m[2] ?? ""));
    expect(names.length).toBeGreaterThan(0);
    expect([...new Set(names)].filter((name) => !headings.has(name)).toSorted()).toEqual([]);
  });

  it("explains no error that does not exist", () => {
    const source = product.map(read).join("\n");
    expect([...headings].filter((name) => !new RegExp(`["\`]${name}["\`$]`).test(source))).toEqual([]);
  });

  it("mentions no file that is missing", () => {
    const missing = docs.flatMap((file) =>
      pathsIn(file)
        .filter((path) => !existsSync(join(root, path)) && !existsSync(join(root, dirname(file), path)))
        .map((path) => `${file}: ${path}`),
    );
    expect(missing).toEqual([]);
  });
});

function linesOf(file: string): string[] {
  return read(file).trimEnd().split("\n");
}

/** The room that a file belongs to: its folder under src/, or its own name on the level of src/ itself. */
function roomOf(file: string): string {
  const [top = "", second = ""] = file.split("/");
  return top === "src" ? second.replace(/\.ts$/, "") : top;
}

/** 0 is the top floor; -1: no such room. */
function floorOf(room: string): number {
  return FLOORS.findIndex((rooms) => rooms.includes(room));
}

/** Our own files that a file imports (types count: knowing a type is knowing the room). */
function importsOf(file: string): string[] {
  const relative = [...read(file).matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)];
  return relative.map((m) => normalize(join(dirname(file), m[1] ?? "")));
}

/** A line on which a function may begin: the keyword, an arrow with a body, a method. */
const BEGINS = /\bfunction\b|=> [{(]$|^\s*(static |async |get |set |\*)*[#\w]+(<.*>)?\((.*\{)?$|\).*\{$/;
/** Lines that look like one and aren't; a `describe` only groups tests. */
const BEGINS_NOT = /^\s*(describe\b|[})]|\/?\*|\/\/|if\b|for\b|while\b|switch\b|else\b|try\b|do\b)/;

/**
 * Functions that are too long, found by their indentation: the formatter sees to it that what closes a function
 * stands at the depth of the line that began it (and what only closes its parameters opens a brace again).
 */
function longFunctionsOf(file: string): string[] {
  const lines = linesOf(file);
  return lines.flatMap((line, first) => {
    if (!BEGINS.test(line) || BEGINS_NOT.test(line)) return [];
    const closes = new RegExp(`^${line.slice(0, line.search(/\S/))}[)}\\]].*(?<!\\{)$`);
    const length = lines.slice(first + 1).findIndex((l) => closes.test(l)) + 2;
    return length > FUNCTION_LINES_MAX ? [`${file}:${first + 1}: ${length} lines`] : [];
  });
}

/** The files of ours that a document names: `src/…` in code quotes, and the targets of its links. */
function pathsIn(file: string): string[] {
  const text = read(file).replaceAll(/^```[\s\S]*?^```/gm, "");
  const quoted = [...text.matchAll(/`((?:src|test|migrations|docs|\.ci)\/[\w./-]+)`/g)].map((m) => m[1] ?? "");
  const links = [...text.matchAll(/\]\((?!\w+:|#)([^)#\s]+)/g)].map((m) => m[1] ?? "");
  return [...quoted, ...links];
}
