import { invalidJson } from "./decode-error.ts";
import { JsonDocument, type JsonOpaque } from "./value.ts";

/**
 * A JSON document that can be changed and printed again without touching what wasn't changed: scalars stay
 * the text that the server printed.
 */
export type JsonNode =
  | { readonly kind: "object"; readonly members: Map<string, JsonNode> }
  | { readonly kind: "array"; readonly items: JsonNode[] }
  | { readonly kind: "scalar"; readonly text: string; readonly opaque: Omit<JsonOpaque, "path"> | null };

/** A document as `decodeJson` gives it. */
export function parseJson(document: string | JsonDocument): JsonNode {
  const text = typeof document === "string" ? document : document.text;
  const opaques = new Map(typeof document === "string" ? [] : document.opaques.map((opaque) => [opaque.path, opaque]));
  const reader = { text, at: 0, opaques };
  return readNode(reader, "$");
}

interface Reader {
  readonly text: string;
  at: number;
  readonly opaques: ReadonlyMap<string, JsonOpaque>;
}

/** The text is our own (`json-binary.ts`), so it is known to be well-formed. */
function readNode(reader: Reader, path: string): JsonNode {
  if (reader.text[reader.at] === "{") return readObject(reader, path);
  if (reader.text[reader.at] === "[") return readArray(reader, path);
  const opaque = reader.opaques.get(path);
  return {
    kind: "scalar",
    text: readToken(reader),
    opaque: opaque === undefined ? null : { type: opaque.type, value: opaque.value },
  };
}

function readObject(reader: Reader, path: string): JsonNode {
  const members = new Map<string, JsonNode>();
  reader.at += 1;
  while (reader.text[reader.at] !== "}") {
    if (members.size > 0) reader.at += 2; // ", "
    const key = String(JSON.parse(readToken(reader)));
    reader.at += 2; // ": "
    members.set(key, readNode(reader, path + memberLeg(key)));
  }
  reader.at += 1;
  return { kind: "object", members };
}

function readArray(reader: Reader, path: string): JsonNode {
  const items: JsonNode[] = [];
  reader.at += 1;
  while (reader.text[reader.at] !== "]") {
    if (items.length > 0) reader.at += 2; // ", "
    items.push(readNode(reader, `${path}[${items.length}]`));
  }
  reader.at += 1;
  return { kind: "array", items };
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[^,\]}"]+/y;

function readToken(reader: Reader): string {
  TOKEN.lastIndex = reader.at;
  const token = TOKEN.exec(reader.text)?.[0];
  if (token === undefined) throw invalidJson("its text is not well-formed");
  reader.at = TOKEN.lastIndex;
  return token;
}

/** The document as the server prints it. */
export function printJson(root: JsonNode): string | JsonDocument {
  const opaques: JsonOpaque[] = [];
  const text = printNode(root, "$", opaques);
  return opaques.length === 0 ? text : new JsonDocument(text, opaques);
}

function printNode(node: JsonNode, path: string, opaques: JsonOpaque[]): string {
  switch (node.kind) {
    case "scalar":
      if (node.opaque !== null) opaques.push({ path, ...node.opaque });
      return node.text;
    case "array":
      return `[${node.items.map((item, index) => printNode(item, `${path}[${index}]`, opaques)).join(", ")}]`;
    case "object": {
      const members = [...node.members].map(
        // What JSON.stringify escapes, and how, is what the server does.
        ([key, value]) => `${JSON.stringify(key)}: ${printNode(value, path + memberLeg(key), opaques)}`,
      );
      return `{${members.join(", ")}}`;
    }
    default:
      return node satisfies never;
  }
}

/** `.name` or `."not a name"`: an object's member in a JSON path. Names of ASCII letters stand without quotes. */
export function memberLeg(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `.${JSON.stringify(key)}`;
}

/** Adds a member where the server keeps it: by length in bytes, then by bytes (`Json_key_comparator`). */
export function addMember(members: Map<string, JsonNode>, key: string, value: JsonNode): void {
  const all = [...members, [key, value] as const].map(([name, node]) => ({ name, node, bytes: Buffer.from(name) }));
  all.sort((a, b) => a.bytes.length - b.bytes.length || Buffer.compare(a.bytes, b.bytes));
  members.clear();
  for (const { name, node } of all) members.set(name, node);
}
