import { stringify } from "yaml";
import { taskKeys, type TaskKey } from "./keys.ts";

const HEAD = `# A Tidemark task file: what is copied from where to where. Every key is here; those that are
# commented out have no default, or one that is told in their comment.
# \${NAME} and \${NAME:-default} stand for environment variables. Durations: 500ms, 5s, 1m. Sizes: 64KiB, 8MiB.
# Check it with \`tidemark check FILE\`, run it with \`tidemark run FILE\`.
`;

/** Keys without a default that are written all the same: a task needs a host and a password from somewhere. */
const WRITTEN = new Set(["upstream.host", "upstream.password", "downstream.password"]);

/** The file that `tidemark init` writes: every key with its comment, in the order of the schema. */
export function initFile(): string {
  const keys = taskKeys().filter(({ path }) => !path.includes("[]"));
  return HEAD + keys.map((key) => entry(key)).join("");
}

function entry(key: TaskKey): string {
  const depth = key.path.split(".").length - 1;
  const indent = "  ".repeat(depth);
  const name = key.path.slice(key.path.lastIndexOf(".") + 1);
  const comment = wrap(key.description, 100 - indent.length).map((line) => `${indent}# ${line}\n`);
  const head = `${depth === 0 ? "\n" : ""}${comment.join("")}`;
  if (key.isMapping) return `${head}${indent}${name}:\n`;
  const emptyList = Array.isArray(key.fallback) && key.fallback.length === 0 && key.example !== key.fallback;
  const active = !emptyList && (key.required || key.fallback !== undefined || WRITTEN.has(key.path));
  return `${head}${indent}${active ? "" : "#"}${name}: ${inline(active ? (key.fallback ?? key.example) : key.example)}\n`;
}

/** A value on one line, as a person would write it: texts within lists and mappings in quotes. */
function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(quoted).join(", ")}]`;
  return typeof value === "string" && !value.includes("${") ? stringify(value).trimEnd() : String(value);
}

function quoted(value: unknown): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, inner]) => `${key}: ${quoted(inner)}`);
  return `{ ${entries.join(", ")} }`;
}

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + word.length + 1 > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return line === "" ? lines : [...lines, line];
}
