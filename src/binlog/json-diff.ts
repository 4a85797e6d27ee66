import { cursor, take, takeByte, takeLength, takeText } from "./cursor.ts";
import { invalidJson, malformed } from "./decode-error.ts";
import { decodeJson } from "./json-binary.ts";
import { addMember, parseJson, printJson, type JsonNode } from "./json-tree.ts";
import type { JsonDocument } from "./value.ts";

/**
 * Partial updates of a JSON column (`sql-common/json_diff.h`, `Json_diff_vector::write_binary`): any number of
 *
 * | bytes     | content                                                                            |
 * | --------- | ---------------------------------------------------------------------------------- |
 * | 1         | 0 REPLACE what is at the path, 1 INSERT a member or an array's cell, 2 REMOVE       |
 * | 1–9 + n   | path: length, text; legs are `.name`, `."any name"` and `[number]` only           |
 * | 1–9 + n   | not for REMOVE: length, then the new value in the binary JSON format               |
 */
const REPLACE = 0;
const INSERT = 1;
const REMOVE = 2;

type Leg = string | number;

/**
 * The document after the diffs in front of the cursor's end have been made to `before`. The whole value is handed
 * on, not the diffs: it is what the upstream has stored, whatever the downstream had.
 *
 * @throws `event_truncated`, `event_malformed`, `json_invalid`
 */
export function takeJsonDiffs(before: string | JsonDocument): string | JsonDocument {
  let root = parseJson(before);
  while (cursor.offset < cursor.end) {
    const operation = takeByte("a JSON diff");
    const legs = parsePath(takeText(takeLength("a JSON diff's path"), "a JSON diff's path"));
    root = applied(root, operation, legs, operation === REMOVE ? undefined : takeValue());
  }
  return printJson(root);
}

function takeValue(): JsonNode {
  const length = takeLength("a JSON diff's value");
  const at = take(length, "a JSON diff's value");
  return parseJson(decodeJson(cursor.bytes, at, at + length));
}

const LEG = /\.("(?:[^"\\]|\\.)*"|[^."[\]]+)|\[(\d+)\]/y;

/** `$.a."b c"[3]` → "a", "b c", 3 */
function parsePath(path: string): Leg[] {
  if (!path.startsWith("$")) throw malformed(`a JSON diff with the path ${path}`);
  const legs: Leg[] = [];
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
function applied(root: JsonNode, operation: number, legs: readonly Leg[], value: JsonNode | undefined): JsonNode {
  const last = legs.at(-1);
  if (last === undefined) {
    if (operation !== REPLACE || value === undefined)
      throw malformed("a JSON diff inserts or removes a whole document");
    return value;
  }
  const parent = legs.slice(0, -1).reduce<JsonNode>(child, root);
  if (parent.kind === "array" && typeof last === "number") changeArray(parent.items, operation, last, value);
  else if (parent.kind === "object" && typeof last === "string") changeObject(parent.members, operation, last, value);
  else throw missing();
  return root;
}

function child(node: JsonNode, leg: Leg): JsonNode {
  const next =
    node.kind === "array" && typeof leg === "number"
      ? node.items[leg]
      : node.kind === "object" && typeof leg === "string"
        ? node.members.get(leg)
        : undefined;
  if (next === undefined) throw missing();
  return next;
}

function changeArray(items: JsonNode[], operation: number, cell: number, value: JsonNode | undefined): void {
  if (operation === INSERT && value !== undefined) {
    items.splice(cell, 0, value); // behind the last cell: appended, as JSON_ARRAY_INSERT does
  } else if (cell >= items.length) {
    throw missing();
  } else if (operation === REMOVE) {
    items.splice(cell, 1);
  } else if (operation === REPLACE && value !== undefined) {
    items[cell] = value;
  } else {
    throw malformed(`a JSON diff with the unknown operation ${operation}`);
  }
}

function changeObject(
  members: Map<string, JsonNode>,
  operation: number,
  key: string,
  value: JsonNode | undefined,
): void {
  if (members.has(key) !== (operation !== INSERT)) throw missing();
  if (operation === REMOVE) members.delete(key);
  else if (operation === REPLACE && value !== undefined) members.set(key, value);
  else if (operation === INSERT && value !== undefined) addMember(members, key, value);
  else throw malformed(`a JSON diff with the unknown operation ${operation}`);
}

function missing(): Error {
  return invalidJson("a partial update does not fit the document in the before image");
}
