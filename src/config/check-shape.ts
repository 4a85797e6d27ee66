import type { z } from "zod";
import { keysAt, taskKeys } from "./keys.ts";
import { nearest, pathText, type Mistake, type Path } from "./mistake.ts";
import type { YamlTree } from "./yaml-tree.ts";

/** The tree in its checked form, or null, and what is wrong with its shape. */
export interface CheckedShape<T> {
  readonly task: T | null;
  readonly mistakes: readonly Mistake[];
}

type Issue = z.core.$ZodIssue;

/** Holds the tree against the schema; each mistake has its place and, where one can be given, a suggestion. */
export function checkShape<T>(tree: YamlTree, schema: z.ZodType<T>): CheckedShape<T> {
  let value = tree.value;
  let result = schema.safeParse(value);
  const numbers = result.success
    ? []
    : flat(result.error.issues).filter((issue) => isNumberFromEnvironment(issue, tree));
  if (numbers.length > 0) {
    // An environment variable is always a text; where the schema wants a number, its digits are one.
    for (const { path } of numbers) value = replaceAt(value, path, Number(lookUp(value, path)));
    result = schema.safeParse(value);
  }
  if (result.success) return { task: result.data, mistakes: [] };
  const mistakes = flat(result.error.issues)
    .filter((issue) => !tree.isFaulty(issue.path))
    .flatMap((issue) => mistakesOf(issue, tree, value));
  return { task: null, mistakes };
}

/** What stands at a path of plain values; undefined when there is nothing. */
export function lookUp(value: unknown, path: Path): unknown {
  return path.reduce((within: unknown, step) => {
    if (within === null || typeof within !== "object") return undefined;
    return Object.getOwnPropertyDescriptor(within, step)?.value;
  }, value);
}

interface FlatIssue {
  readonly issue: Issue;
  readonly path: Path;
}

/** Issues with whole paths; of a value with several forms, those of the form that was meant. */
function flat(issues: readonly Issue[], around: Path = []): readonly FlatIssue[] {
  return issues.flatMap((issue): readonly FlatIssue[] => {
    const path = [...around, ...issue.path.map((step) => (typeof step === "symbol" ? String(step) : step))];
    if (issue.code !== "invalid_union") return [{ issue, path }];
    const meant = issue.errors
      .filter((form) => !form.some((inner) => inner.path.length === 0 && inner.code !== "unrecognized_keys"))
      .toSorted((a, b) => a.length - b.length)[0];
    return meant === undefined ? [{ issue, path }] : flat(meant, path);
  });
}

function isNumberFromEnvironment({ issue, path }: FlatIssue, tree: YamlTree): boolean {
  if (issue.code !== "invalid_type" || (issue.expected !== "number" && issue.expected !== "int")) return false;
  const value = lookUp(tree.value, path);
  return tree.fromEnvironment(path) && typeof value === "string" && /^\d{1,16}$/.test(value);
}

function replaceAt(value: unknown, path: Path, by: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return by;
  if (Array.isArray(value)) return value.map((item, index) => (index === step ? replaceAt(item, rest, by) : item));
  if (value === null || typeof value !== "object") return value;
  return { ...value, [step]: replaceAt(lookUp(value, [step]), rest, by) };
}

function mistakesOf({ issue, path }: FlatIssue, tree: YamlTree, whole: unknown): readonly Mistake[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      ...tree.placeOfKey([...path, key]),
      message: `unknown key \`${pathText([...path, key])}\``,
      suggestion: unknownKeySuggestion(path, key),
    }));
  }
  const name = path.length === 0 ? "the task file" : `\`${pathText(path)}\``;
  const value = lookUp(whole, path);
  if (value === undefined || (value === null && path.length === 0)) {
    const suggestion = path.length === 0 ? "`tidemark init` writes one to begin with" : `it is ${issue.message}`;
    const message = path.length === 0 ? "the task file is empty" : `${name} is missing`;
    return [{ ...tree.placeOfKey(path.slice(0, -1)), message, suggestion }];
  }
  if (value === null) {
    return [{ ...tree.placeOfKey(path), message: `${name} has no value`, suggestion: `it must be ${issue.message}` }];
  }
  const shown = shownValue(tree, path, value);
  return [
    {
      ...tree.placeOf(path),
      message: `${name} must be ${issue.message}, not ${shown}`,
      suggestion: wordSuggestion(issue, value),
    },
  ];
}

function unknownKeySuggestion(path: Path, key: string): string | null {
  const near = nearest(key, keysAt(path));
  if (near !== null) return `did you mean \`${near}\`?`;
  const elsewhere = taskKeys().filter((known) => known.path.endsWith(`.${key}`) && !known.path.includes("[]"));
  if (elsewhere.length > 0) return `it belongs there: ${elsewhere.map((known) => `\`${known.path}\``).join(" or ")}`;
  const known = keysAt(path);
  return known.length === 0 ? null : `known here: ${known.join(", ")}`;
}

function wordSuggestion(issue: Issue, value: unknown): string | null {
  if (issue.code === "invalid_value" && typeof value === "string") {
    const near = nearest(value, issue.values.map(String));
    return near === null ? null : `did you mean \`${near}\`?`;
  }
  if (typeof value === "number" && issue.message.includes("duration")) return `did you mean \`${value}s\`?`;
  if (typeof value === "number" && issue.message.includes("a size")) return `did you mean \`${value}B\`?`;
  if (typeof value === "string" && issue.message.includes("a size")) {
    const binary = /^(\d+) ?([KMG])i?[bB]?$/i.exec(value);
    if (binary !== null) return `did you mean \`${binary[1]}${binary[2]?.toUpperCase()}iB\`?`;
  }
  return null;
}

/** What was written, shortened; a password, or anything that came from the environment, is never shown. */
function shownValue(tree: YamlTree, path: Path, value: unknown): string {
  if (path.at(-1) === "password") return "this";
  if (tree.fromEnvironment(path)) return `what ${tree.written(path) ?? ""} holds`;
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
