import { z } from "zod";
import type { Path } from "./mistake.ts";
import { taskSchema } from "./schema.ts";

/** JSON Schema (2020-12) as zod gives it. */
export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** One key of the task file, as documentation and `tidemark init` need it. */
export interface TaskKey {
  /** `upstream.host`, `routes[].from`. */
  readonly path: string;
  readonly description: string;
  readonly required: boolean;
  /** What stands for a key that is left out; undefined when there is nothing. */
  readonly fallback: unknown;
  /** Something that may be written there. */
  readonly example: unknown;
  /** True for mappings that have keys of their own. */
  readonly isMapping: boolean;
}

/** What `tidemark schema` prints. Wherever a text or a number stands, `${NAME}` may stand as well. */
export function taskJsonSchema(): JsonSchema {
  return z.toJSONSchema(taskSchema, {
    io: "input",
    override: ({ jsonSchema }) => {
      if (jsonSchema.type !== "integer" && jsonSchema.enum === undefined && jsonSchema.pattern === undefined) return;
      const about = new Set(["description", "examples", "default"]);
      const rest = Object.fromEntries(Object.entries(jsonSchema).filter(([name]) => !about.has(name)));
      for (const name of Object.keys(rest)) Reflect.deleteProperty(jsonSchema, name);
      jsonSchema.anyOf = [rest, { type: "string", pattern: String.raw`\$\{` }];
    },
  });
}

const plainSchema: JsonSchema = z.toJSONSchema(taskSchema, { io: "input" });

/** Every key, a mapping before the keys in it, in the order in which they are documented. */
export function taskKeys(): readonly TaskKey[] {
  return [...keysBelow(plainSchema, "")];
}

function* keysBelow(schema: JsonSchema, prefix: string): Generator<TaskKey> {
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (typeof property === "boolean") continue;
    const path = `${prefix}${name}`;
    yield {
      path,
      description: property.description ?? "",
      required: schema.required?.includes(name) ?? false,
      fallback: property.default,
      example: property.examples?.[0] ?? property.default,
      isMapping: property.properties !== undefined,
    };
    yield* keysBelow(property, `${path}.`);
    const items = property.items;
    if (typeof items === "object" && !Array.isArray(items)) yield* keysBelow(items, `${path}[].`);
  }
}

/** The keys that a mapping at this path may have; of all its forms, when it has several. */
export function keysAt(path: Path): readonly string[] {
  let schemas: readonly JsonSchema[] = [plainSchema];
  for (const step of path) schemas = schemas.flatMap((schema) => below(schema, step)).flatMap(forms);
  return [...new Set(schemas.flatMap((schema) => Object.keys(schema.properties ?? {})))];
}

function below(schema: JsonSchema, step: string | number): readonly JsonSchema[] {
  const next = typeof step === "number" ? schema.items : schema.properties?.[step];
  return typeof next === "object" && !Array.isArray(next) ? [next] : [];
}

function forms(schema: JsonSchema): readonly JsonSchema[] {
  const others = (schema.anyOf ?? []).filter((form) => typeof form === "object");
  return [schema, ...others];
}
