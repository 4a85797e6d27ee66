/**
 * A partial update of a JSON document whose text the log leaves out, as MySQL's JSON functions make it to what is stored
 * downstream:
 *
 * | step                     | expression                          | presupposes                                    |
 * | ------------------------ | ----------------------------------- | ---------------------------------------------- |
 * | replace                  | `JSON_REPLACE(document, path, value)` | a value at the path                          |
 * | insert a member          | `JSON_INSERT(document, path, value)`  | an object around it, without such a member   |
 * | insert a cell            | `JSON_ARRAY_INSERT(document, path, value)` | an array around it                      |
 * | remove                   | `JSON_REMOVE(document, path)`         | a value at the path                          |
 *
 * These functions leave a document as it is where a path leads nowhere; the server's own replica stops there
 * (`apply_json_diffs`, sql-common/json_diff.cc). So what a step presupposes is a condition of the UPDATE: where it doesn't
 * hold, no row matches, which is the error `row_missing`. What the steps don't touch may differ; it
 * stays as it is, like columns that a MINIMAL image leaves out.
 */
import type { JsonPathStep, JsonPathUpdate } from "../binlog/value.ts";
import { quoteText } from "../mysql/quote.ts";
import { jsonExpression, partialJsonUnsupported } from "./literal.ts";

/** The conditions of a step repeat all steps before it, so their text grows with the square. The server itself logs few. */
const STEPS_MAX = 64;

/**
 * The document in column `name` (quoted) after the update, and the condition under which that is what the upstream did;
 * both in terms of the row as it was. @throws `partial_json_unsupported` for more than 64 steps
 */
export function changedDocument(
  name: string,
  update: JsonPathUpdate,
): { readonly document: string; readonly condition: string } {
  const { steps } = update;
  if (steps.length > STEPS_MAX) throw partialJsonUnsupported(`it has ${steps.length} steps (at most ${STEPS_MAX})`);
  let document = name;
  const conditions: string[] = [];
  for (const step of steps) {
    conditions.push(...presupposed(document, step));
    document = changed(document, step);
  }
  return { document, condition: conditions.length === 0 ? "TRUE" : conditions.join(" AND ") };
}

function changed(document: string, { operation, legs, value }: JsonPathStep): string {
  const path = quoteText(pathText(legs));
  if (value === null) return `JSON_REMOVE(${document},${path})`;
  const cell = typeof legs.at(-1) === "number";
  const change = operation === "replace" ? "JSON_REPLACE" : cell ? "JSON_ARRAY_INSERT" : "JSON_INSERT";
  return `${change}(${document},${path},${jsonExpression(value)})`;
}

/**
 * Cells are only looked for in arrays: in a path, `[0]` of anything else is the thing itself ("autowrap"), which the
 * upstream's path never meant.
 */
function presupposed(document: string, { operation, legs }: JsonPathStep): string[] {
  const conditions = legs.flatMap((leg, index) =>
    typeof leg === "number" ? [hasType(document, legs.slice(0, index), "ARRAY")] : [],
  );
  const there = `JSON_CONTAINS_PATH(${document},'one',${quoteText(pathText(legs))})`;
  if (operation !== "insert") return [...conditions, there];
  if (typeof legs.at(-1) === "number") return conditions;
  return [...conditions, hasType(document, legs.slice(0, -1), "OBJECT"), `NOT ${there}`];
}

function hasType(document: string, legs: JsonPathStep["legs"], type: "ARRAY" | "OBJECT"): string {
  const place = legs.length === 0 ? document : `JSON_EXTRACT(${document},${quoteText(pathText(legs))})`;
  return `JSON_TYPE(${place})='${type}'`;
}

/** Every name in quotes: a JSON string, which is what MySQL's path syntax wants there. */
function pathText(legs: JsonPathStep["legs"]): string {
  return `$${legs.map((leg) => (typeof leg === "number" ? `[${leg}]` : `.${JSON.stringify(leg)}`)).join("")}`;
}
