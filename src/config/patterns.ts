/**
 * Table patterns as text: `db.table` with `*` and `?`, or `/regex/` over `db.table`. What is decided here is
 * only whether a pattern can be one; matching is routing's.
 */

/** Schemas of the servers themselves; their tables are never copied. */
export const SYSTEM_SCHEMAS = ["mysql", "sys", "information_schema", "performance_schema"] as const;

/** Why this can't be a pattern, or null when it can. */
export function patternFault(pattern: string): string | null {
  if (pattern.startsWith("/")) {
    if (pattern.length < 3 || !pattern.endsWith("/"))
      return "a regular expression stands between slashes: `/^shop\\./`";
    return isRegularExpression(pattern.slice(1, -1)) ? null : "this isn't a regular expression that JavaScript knows";
  }
  const dot = pattern.indexOf(".");
  return dot > 0 && dot < pattern.length - 1 ? null : "a pattern has a schema, a dot and a table: `shop.*`";
}

function isRegularExpression(source: string): boolean {
  try {
    return new RegExp(source, "u").source !== "";
  } catch {
    return false;
  }
}

/** The schema that a pattern names without wildcards (`shop.*` → `shop`), or null. */
export function literalSchema(pattern: string): string | null {
  if (pattern.startsWith("/")) return null;
  const schema = pattern.slice(0, pattern.indexOf("."));
  return /[*?]/.test(schema) ? null : schema;
}
