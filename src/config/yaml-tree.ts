import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Node } from "yaml";
import { interpolate, type Environment } from "./interpolate.ts";
import type { Mistake, Path, Place } from "./mistake.ts";

/**
 * A YAML text as plain values in which environment variables are put in, and for each value the place where it
 * stands. YAML's own mistakes and those of variables are among `mistakes`; `value` is undefined when the text
 * isn't YAML at all.
 */
export interface YamlTree {
  readonly value: unknown;
  readonly mistakes: readonly Mistake[];
  /** Where the value stands, or the nearest one around it. */
  placeOf(path: Path): Place;
  /** Where the key stands that leads to the value, or the nearest value around it. */
  placeOfKey(path: Path): Place;
  /** What the file has there, before variables were put in; undefined for anything but a text. */
  written(path: Path): string | undefined;
  /** True when a variable was put in, or failed to be, at this value. */
  fromEnvironment(path: Path): boolean;
  /** True when a mistake at this value, or around it, has been told already. */
  isFaulty(path: Path): boolean;
}

/**
 * The parser's own messages repeat parts of the text, which may be a password: so its codes are told in our
 * words. Codes: `ErrorCode` of the yaml library.
 */
const SYNTAX: Readonly<Record<string, readonly [message: string, suggestion: string]>> = {
  BAD_INDENT: ["the indentation is wrong here", "keys of one mapping stand below each other"],
  TAB_AS_INDENT: ["a tab can't be used to indent", "use spaces"],
  DUPLICATE_KEY: ["this key stands here for the second time", "keep one of them"],
  BAD_SCALAR_START: ["a text can't begin with this character", "put the text in quotes"],
  BAD_DQ_ESCAPE: ["this isn't an escape sequence of YAML", "in single quotes a backslash is a backslash"],
  MISSING_CHAR: ["a closing quote, bracket, comma or colon is missing", "close it, or put the text in quotes"],
  BAD_ALIAS: ["an alias can't be used here", "write the value out, or quote a text that begins with *"],
  UNEXPECTED_TOKEN: ["this can't stand here", "look for a missing key, colon or quote"],
  BLOCK_IN_FLOW: ["this can't stand inside { } or [ ]", "put ${NAME} in quotes there"],
  MULTIPLE_DOCS: ["a task file holds one document", "remove the line --- and what follows it"],
  TAG_RESOLVE_FAILED: ["a tag can't be used here", "remove it, or quote a text that begins with !"],
};

/** Deeper than any task file; keeps a hostile one from exhausting the stack. */
const DEPTH_MAX = 32;

/**
 * Reads the text; with `only`, nothing but these keys of the outermost mapping, so that variables elsewhere need
 * not be set. Never throws.
 */
export function readYaml(text: string, environment: Environment, only?: ReadonlySet<string>): YamlTree {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, version: "1.2", stringKeys: false });
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const walk = new Walk(environment, at, only);
  const syntax = [...document.errors, ...document.warnings].map((error): Mistake => {
    const [message, suggestion] = SYNTAX[error.code] ?? [
      `this isn't valid YAML (${error.code})`,
      "look at the line and the one above",
    ];
    return { ...at(error.pos[0]), message, suggestion };
  });
  const value = document.errors.length > 0 ? undefined : walk.value(document.contents, []);
  return walk.tree(value, [...syntax, ...walk.mistakes]);
}

interface Entry {
  readonly key: Place | null;
  readonly value: Place;
  readonly written: string | undefined;
  readonly fromEnvironment: boolean;
}

/** One walk over a document; collects places and mistakes on its way. */
class Walk {
  readonly mistakes: Mistake[] = [];
  readonly #entries = new Map<string, Entry>();
  readonly #faulty = new Set<string>();
  readonly #environment: Environment;
  readonly #at: (offset: number) => Place;

  readonly #only: ReadonlySet<string> | undefined;

  constructor(environment: Environment, at: (offset: number) => Place, only: ReadonlySet<string> | undefined) {
    this.#only = only;
    this.#environment = environment;
    this.#at = at;
  }

  value(node: unknown, path: Path, key: Place | null = null): unknown {
    const place = this.#placeOf(node) ?? key ?? { line: 1, column: 1 };
    const enter = (written?: string, fromEnvironment = false): void => {
      this.#entries.set(mark(path), { key, value: place, written, fromEnvironment });
    };
    if (path.length > DEPTH_MAX || isAlias(node)) {
      enter();
      const message = isAlias(node) ? "aliases (*name) can't be used in a task file" : "this is nested too deeply";
      return this.#fault(path, { ...place, message, suggestion: "write the value out" });
    }
    if (isMap(node)) {
      enter();
      return this.#mapping(node.items, path);
    }
    if (isSeq(node)) {
      enter();
      return node.items.map((item, index) => this.value(item, [...path, index]));
    }
    const value: unknown = isScalar(node) ? node.value : undefined;
    if (typeof value !== "string") {
      enter();
      return value;
    }
    const interpolated = interpolate(value, this.#environment);
    enter(value, !("text" in interpolated) || interpolated.changed);
    return "text" in interpolated ? interpolated.text : this.#fault(path, { ...place, ...interpolated });
  }

  #mapping(items: readonly { readonly key: unknown; readonly value: unknown }[], path: Path): unknown {
    const entries: [string, unknown][] = [];
    for (const { key, value } of items) {
      const place = this.#placeOf(key) ?? { line: 1, column: 1 };
      if (!isScalar(key) || (typeof key.value !== "string" && typeof key.value !== "number")) {
        this.mistakes.push({ ...place, message: "a key must be a text", suggestion: "put it in quotes" });
        continue;
      }
      const name = String(key.value);
      if (path.length === 0 && this.#only !== undefined && !this.#only.has(name)) continue;
      entries.push([name, this.value(value, [...path, name], place)]);
    }
    // Not a plain assignment: a key named __proto__ stays a key.
    return Object.fromEntries(entries);
  }

  #fault(path: Path, mistake: Mistake): undefined {
    this.mistakes.push(mistake);
    this.#faulty.add(mark(path));
    return undefined;
  }

  #placeOf(node: unknown): Place | null {
    const range = isNode(node) ? node.range : null;
    return range === null || range === undefined ? null : this.#at(range[0]);
  }

  tree(value: unknown, mistakes: readonly Mistake[]): YamlTree {
    const around = (path: Path): Entry | undefined => {
      for (let length = path.length; length >= 0; length--) {
        const entry = this.#entries.get(mark(path.slice(0, length)));
        if (entry !== undefined) return entry;
      }
      return undefined;
    };
    const start: Place = { line: 1, column: 1 };
    return {
      value,
      mistakes,
      placeOf: (path) => around(path)?.value ?? start,
      placeOfKey: (path) => this.#entries.get(mark(path))?.key ?? around(path)?.key ?? around(path)?.value ?? start,
      written: (path) => this.#entries.get(mark(path))?.written,
      fromEnvironment: (path) => this.#entries.get(mark(path))?.fromEnvironment ?? false,
      isFaulty: (path) => path.some((_, index) => this.#faulty.has(mark(path.slice(0, index + 1)))),
    };
  }
}

function isNode(value: unknown): value is Node {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value);
}

/** A path as the key of a map; unlike `pathText` it tells `["a.b"]` from `["a", "b"]`. */
function mark(path: Path): string {
  return JSON.stringify(path);
}
