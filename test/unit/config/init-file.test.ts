import { expect, test } from "vitest";
import { parse } from "yaml";
import { initFile } from "../../../src/config/init-file.ts";
import { taskKeys } from "../../../src/config/keys.ts";
import { parseTask } from "../../../src/config/parse-task.ts";

const environment = { UPSTREAM_PASSWORD: "a", DOWNSTREAM_PASSWORD: "b" };
const readFile = (path: string): string => {
  throw new Error(`asked for ${path}`);
};

test("what init writes is a task file without mistakes, and every default in it is the default", () => {
  const task = parseTask({ file: "init", text: initFile(), environment, readFile });
  const least = `name: orders
upstream: {host: 10.0.0.5, user: repl, password: a}
downstream: {host: 10.0.1.9, user: tidemark, password: b}
tables: {include: ["shop.*", "crm.*"]}
`;
  expect(task).toEqual(parseTask({ file: "least", text: least, environment: {}, readFile }));
});

test("what init writes lists every key, those that are commented out included", () => {
  const everything: unknown = parse(initFile().replaceAll(/^( *)#(?=\w+:)/gm, "$1"));
  const listed: string[] = [];
  collect(everything, "", listed);
  expect(listed).toEqual(taskKeys().map(({ path }) => path));
});

test("every key has a description, and a mapping or an example", () => {
  const bare = taskKeys().filter(
    (key) => !key.description.endsWith(".") || (!key.isMapping && key.example === undefined),
  );
  expect(bare).toEqual([]);
});

/** Paths as taskKeys has them; of a list the keys of its first element. */
function collect(value: unknown, prefix: string, into: string[]): void {
  if (value === null || typeof value !== "object") return;
  for (const [name, inner] of Object.entries(value)) {
    into.push(`${prefix}${name}`);
    const first: unknown = Array.isArray(inner) ? inner[0] : undefined;
    if (first !== undefined) collect(typeof first === "object" ? first : undefined, `${prefix}${name}[].`, into);
    else collect(inner, `${prefix}${name}.`, into);
  }
}
