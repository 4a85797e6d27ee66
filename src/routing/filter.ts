import { isSystemSchema } from "../schema/system-schemas.ts";
import { compilePattern } from "./pattern.ts";

export interface FilterOptions {
  /** Patterns as `pattern.ts` describes them. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** Names compare exactly; default true. False where either side's lower_case_table_names isn't 0. */
  readonly caseSensitive?: boolean;
  /** Our own tables' schema: never copied. */
  readonly metaSchema?: string;
}

/** Which tables are copied: those that an include pattern matches and no exclude pattern. */
export interface TableFilter {
  (database: string, table: string): boolean;
  /** May there be a wanted table in this schema? True where that can't be told (regular expressions). */
  couldMatchIn(database: string): boolean;
  /** Are all tables of this schema wanted, for certain? */
  matchesAllOf(database: string): boolean;
}

/** Compiles the task's table patterns. The servers' own schemas and the meta schema never pass. Throws `table_pattern_invalid`. */
export function compileFilter(options: FilterOptions): TableFilter {
  const caseSensitive = options.caseSensitive ?? true;
  const include = options.include.map((text) => compilePattern(text, caseSensitive));
  const exclude = options.exclude.map((text) => compilePattern(text, caseSensitive));
  const fold = (name: string): string => (caseSensitive ? name : name.toLowerCase());
  const meta = options.metaSchema === undefined ? null : fold(options.metaSchema);
  const isOurs = (database: string): boolean => isSystemSchema(database) || fold(database) === meta;

  const wants = (database: string, table: string): boolean =>
    !isOurs(database) &&
    include.some((pattern) => pattern.matches(database, table)) &&
    !exclude.some((pattern) => pattern.matches(database, table));
  return Object.assign(wants, {
    couldMatchIn: (database: string): boolean =>
      !isOurs(database) &&
      include.some((pattern) => pattern.couldMatchIn(database)) &&
      !exclude.some((pattern) => pattern.matchesAllOf(database)),
    matchesAllOf: (database: string): boolean =>
      !isOurs(database) &&
      include.some((pattern) => pattern.matchesAllOf(database)) &&
      !exclude.some((pattern) => pattern.couldMatchIn(database)),
  });
}
