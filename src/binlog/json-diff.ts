import { cursor, take, takeByte, takeLength, takeText } from "./cursor.ts";
import { invalidJson, malformed } from "./decode-error.ts";
import { decodeJson } from "./json-binary.ts";
import { addMember, parseJson, printJson, type JsonNode } from "./json-tree.ts";
import { type JsonDocument, type JsonPathStep, JsonPathUpdate } from "./value.ts";

/**
 * Partial updates of a JSON column (`sql-common/json_diff.h`, `Json_diff_vector::write_binary`): any number of
 *
 * | bytes     | content                                                                            |
 * | --------- | ---------------------------------------------------------------------------------- |
 * | 1         | 0 REPLACE what is at the path, 1 INSERT a member or an array's cell, 2 REMOVE       |
 * | 1–9 + n   | path: length, text; legs are `.name`, `."any name"` and `[number]` only           |
 * | 1–9 + n   | not for REMOVE: length, then the new value in the binary JSON format               |
 */
const OPERATIONS: readonly (JsonPathStep["operation"] | undefined)[] = ["replace", "insert", "remove"];

/**
 * The document after the diffs in front of the cursor's end have been made to `before`. The whole value is handed
 * on, not the diffs: it is what the upstream has stored, whatever the downstream had.
 *
 * @throws `event_truncated`, `event_malformed`, `json_invalid`
 */
export function takeJsonDiffs(before: string | JsonDocument): string | JsonDocument {
  let root = parseJson(before);
  while (cursor.offset < cursor.end) root = applied(root, takeStep());
  return printJson(root);
}

/** The diffs themselves, for a document that isn't known. @throws `event_truncated`, `event_malformed`, `json_invalid` */
export function takeJsonSteps(): JsonPathUpdate {
  const steps: JsonPathStep[] = [];
  while (cursor.offset < cursor.end) steps.push(takeStep());
  return new JsonPathUpdate(steps);
}

function takeStep(): JsonPathStep {
  const code = takeByte("a JSON diff");
  const operation = OPERATIONS[code];
  if (operation === undefined) throw malformed(`a JSON diff with the unknown operation ${code}`);
  const legs = parsePath(takeText(takeLength("a JSON diff's path"), "a JSON diff's path"));
  if (legs.length === 0 && operation !== "replace") throw malformed("a JSON diff inserts or removes a whole document");
  return { operation, legs, value: operation === "remove" ? null : takeValue() };
}

function takeValue(): string | JsonDocument {
  const length = takeLength("a JSON diff's value");
  const at = take(length, "a JSON diff's value");
  return decodeJson(cursor.bytes, at, at + length);
}

const LEG = /\.("(?:[^"\\]|\\.)*"|[^."[\]]+)|\[(\d+)\]/y;

/** `$.a."b c"[3]` → "a", "b c", 3 */
function parsePath(path: string): (string | number)[] {
  if (!path.startsWith("$")) throw malformed(`a JSON diff with the path ${path}`);
  const legs: (string | number)[] = [];
  LEG.lastIndex = 1;
  for (let at = 1; at < path.length; at = LEG.lastIndex) {
    const [, name, cell] = LEG.exec(path) ?? [];
    if (cell !== undefined) legs.push(Number(cell));
    else if (name !== undefined) legs.push(name.startsWith('"') ? unquoted(name) : name);
    else throw malformed(`a JSON diff with the path ${path}`);
  }
  return legs;
}

function unquoted(name: string): string {
  try {
    return String(JSON.parse(name));
  } catch {
    throw malformed(`a JSON diff with the name ${name}`);
  }
}

/** Makes one diff; gives the root, which is another one when the path is `$`. */
function applied(root: JsonNode, { operation, legs, value }: JsonPathStep): JsonNode {
  const node = value === null ? null : parseJson(value);
  const last = legs.at(-1);
  if (last === undefined) return node ?? root;
  const parent = legs.slice(0, -1).reduce<JsonNode>(child, root);
  if (parent.kind === "array" && typeof last === "number") changeArray(parent.items, operation, last, node);
  else if (parent.kind === "object" && typeof last === "string") changeObject(parent.members, operation, last, node);
  else throw missing();
  return root;
}

function child(node: JsonNode, leg: string | number): JsonNode {
  const next =
    node.kind === "array" && typeof leg === "number"
      ? node.items[leg]
      : node.kind === "object" && typeof leg === "string"
        ? node.members.get(leg)
        : undefined;
  if (next === undefined) throw missing();
  return next;
}

type Operation = JsonPathStep["operation"];

/** `node`: null to remove. */
function changeArray(items: JsonNode[], operation: Operation, cell: number, node: JsonNode | null): void {
  // An insert behind the last cell appends, as JSON_ARRAY_INSERT does.
  if (operation !== "insert" && cell >= items.length) throw missing();
  if (node === null) items.splice(cell, 1);
  else items.splice(cell, operation === "insert" ? 0 : 1, node);
}

function changeObject(members: Map<string, JsonNode>, operation: Operation, key: string, node: JsonNode | null): void {
  if (members.has(key) !== (operation !== "insert")) throw missing();
  if (node === null) members.delete(key);
  else if (operation === "replace") members.set(key, node);
  else addMember(members, key, node);
}

function missing(): Error {
  return invalidJson("a partial update does not fit the document in the before image");
}
