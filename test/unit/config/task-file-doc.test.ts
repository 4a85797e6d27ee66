import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { taskKeys, type TaskKey } from "../../../src/config/keys.ts";
import { parseTask } from "../../../src/config/parse-task.ts";

const doc = readFileSync(join(import.meta.dirname, "../../../docs/task-file.md"), "utf8");
const rows = doc.split("\n").filter((line) => line.startsWith("| `"));

/** The row that a key has in the document. */
function rowOf(key: TaskKey): string {
  const cell = (value: unknown): string =>
    value === undefined ? "" : `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
  const fallback = key.required ? "required" : cell(key.fallback);
  return `| \`${key.path}\` | ${fallback} | ${cell(key.example)} | ${key.description.replaceAll("|", String.raw`\|`)} |`;
}

test("docs/task-file.md has every key with its default, an example and what it means, and no others", () => {
  expect(rows).toEqual(
    taskKeys()
      .filter(({ isMapping }) => !isMapping)
      .map(rowOf),
  );
});

test("the task file in docs/task-file.md has no mistakes", () => {
  const text = /```yaml\n([^]*?)```/.exec(doc)?.[1] ?? "";
  const task = parseTask({ file: "doc", text, environment: { UPSTREAM_PASSWORD: "x" }, readFile: () => "y" });
  expect([task.name, task.tables.include]).toEqual(["orders", ["shop.*", "crm.*"]]);
});
