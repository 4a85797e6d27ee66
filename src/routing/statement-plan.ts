import { fatal, type TidemarkError } from "../errors.ts";
import { quoteTable } from "../mysql/quote.ts";
import { classOf, DDL_POLICY, type StatementClass } from "../schema/ddl-policy.ts";
import type {
  AlterTable,
  CreateTable,
  DatabaseStatement,
  RenameTable,
  Statement,
  TableName,
  TextRange,
} from "../schema/statement.ts";
import type { TableFilter } from "./filter.ts";
import type { RoutedTable } from "./route.ts";

/** What becomes of a statement from the log. */
export type StatementPlan =
  | {
      readonly action: "execute";
      readonly class: StatementClass;
      /** As it came, or with the names of unwanted tables cut out. */
      readonly sql: string;
      readonly rewritten: boolean;
      /** Every wanted table that the statement creates, changes or removes: their structures are to be read again. */
      readonly tables: readonly RoutedTable[];
      /** The default database to execute in; null where no name depends on it (it may not exist downstream). */
      readonly defaultDatabase: string | null;
    }
  | { readonly action: "ignore"; readonly class: StatementClass; readonly why: string };

export interface PlanInput {
  readonly statement: Statement;
  /** The text that was scanned. */
  readonly sql: string;
  readonly defaultDatabase: string;
  readonly filter: TableFilter;
  /** The wanted tables of a database of the upstream, as tracked: for DROP DATABASE under a filter. */
  readonly tablesOf: (database: string) => readonly RoutedTable[];
}

/**
 * Decides by the same filter as for rows what is done with a statement. Throws
 * - `ddl_unknown`: the scanner can't place it;
 * - `statement_format_dml`: it writes rows of wanted tables (or may);
 * - `ddl_mixed_filter`: it binds wanted tables to unwanted ones, and can't be taken apart.
 */
export function planStatement(input: PlanInput): StatementPlan {
  const { statement } = input;
  const statementClass = classOf(statement);
  if (statement.kind === "unknown") throw unknownStatement(input, statement.reason, statement.offset);
  if (statement.kind === "dml") {
    if (statement.complete && wantedOf(input, statement.tables).length === 0) return ignore(input, UNWANTED);
    throw rowsByStatement(input, `${statement.verb} from the log`);
  }
  const rule = DDL_POLICY[statementClass];
  if (rule.action === "ignore") return ignore(input, rule.why);
  switch (statement.kind) {
    case "create-table":
      return planCreate(input, statement);
    case "alter-table":
      return planAlter(input, statement);
    case "rename-table":
      return planRename(input, statement);
    case "drop-table":
    case "drop-sequence":
      return statement.temporary ? ignore(input, TEMPORARY) : planList(input);
    case "create-sequence":
      return statement.temporary ? ignore(input, TEMPORARY) : planTogether(input, statement.tables);
    case "create-database":
    case "alter-database":
    case "drop-database":
      return planDatabase(input, statement);
    default:
      return planTogether(input, statement.tables);
  }
}

const UNWANTED = "No table that it names is wanted.";
const TEMPORARY = "Temporary tables are not copied.";

function resolve(input: PlanInput, name: TableName): RoutedTable {
  return { database: name.database ?? input.defaultDatabase, table: name.table };
}

function isWanted(input: PlanInput, name: TableName): boolean {
  const { database, table } = resolve(input, name);
  return input.filter(database, table);
}

function wantedOf(input: PlanInput, names: readonly TableName[]): readonly TableName[] {
  return names.filter((name) => isWanted(input, name));
}

function ignore(input: PlanInput, why: string): StatementPlan {
  return { action: "ignore", class: classOf(input.statement), why };
}

function execute(input: PlanInput, tables: readonly TableName[], sql: string = input.sql): StatementPlan {
  const { statement } = input;
  const depends = statement.tables.some((name) => name.database === null);
  return {
    action: "execute",
    class: classOf(statement),
    sql,
    rewritten: sql !== input.sql,
    tables: tables.map((name) => resolve(input, name)),
    defaultDatabase: depends ? input.defaultDatabase : null,
  };
}

/** All of the tables are wanted, or none is; anything else can't be executed by halves. */
function planTogether(input: PlanInput, names: readonly TableName[]): StatementPlan {
  const wanted = wantedOf(input, names);
  if (wanted.length === 0) return ignore(input, UNWANTED);
  if (wanted.length < names.length) throw mixed(input, names);
  return execute(input, names);
}

/** DROP TABLE a, b: names of unwanted tables are left out of the list. */
function planList(input: PlanInput): StatementPlan {
  const names = input.statement.tables;
  const wanted = wantedOf(input, names);
  if (wanted.length === 0) return ignore(input, UNWANTED);
  if (wanted.length === names.length) return execute(input, names);
  return execute(input, wanted, keepOnly(input.sql, names, wanted));
}

/** The text with only these members of a list: what stands between the first and the last is built anew from their own text. */
function keepOnly(sql: string, all: readonly TextRange[], kept: readonly TextRange[]): string {
  const [first, last] = [all[0], all.at(-1)];
  if (first === undefined || last === undefined) return sql;
  const list = kept.map((range) => sql.slice(range.start, range.end)).join(", ");
  return sql.slice(0, first.start) + list + sql.slice(last.end);
}

function planCreate(input: PlanInput, statement: CreateTable): StatementPlan {
  if (statement.temporary) return ignore(input, TEMPORARY);
  if (!isWanted(input, statement.table)) return ignore(input, UNWANTED);
  if (statement.asSelect) throw rowsByStatement(input, "CREATE TABLE … SELECT");
  // LIKE needs the other table downstream, where only wanted ones are.
  if (statement.like !== null) return planTogether(input, [statement.table, statement.like]);
  const cut = statement.startTransaction;
  if (cut === null) return execute(input, [statement.table]);
  return execute(input, [statement.table], input.sql.slice(0, cut.start) + input.sql.slice(cut.end));
}

function planAlter(input: PlanInput, statement: AlterTable): StatementPlan {
  const names = [statement.table];
  for (const part of statement.parts) {
    if (part.kind === "rename-table") names.push(part.to);
    if ("other" in part) names.push(part.other);
  }
  return planTogether(input, names);
}

function planRename(input: PlanInput, statement: RenameTable): StatementPlan {
  const wanted = statement.pairs.filter((pair) => isWanted(input, pair.from) && isWanted(input, pair.to));
  const unwanted = statement.pairs.filter((pair) => !isWanted(input, pair.from) && !isWanted(input, pair.to));
  if (wanted.length + unwanted.length < statement.pairs.length) throw mixed(input, statement.tables);
  const names = wanted.flatMap((pair) => [pair.from, pair.to]);
  if (wanted.length === 0) return ignore(input, UNWANTED);
  if (unwanted.length === 0) return execute(input, names);
  const ranges = (pairs: RenameTable["pairs"]): TextRange[] =>
    pairs.map((pair) => ({ start: pair.from.start, end: pair.to.end }));
  return execute(input, names, keepOnly(input.sql, ranges(statement.pairs), ranges(wanted)));
}

function planDatabase(input: PlanInput, statement: DatabaseStatement): StatementPlan {
  const database = statement.database ?? input.defaultDatabase;
  if (!input.filter.couldMatchIn(database)) return ignore(input, UNWANTED);
  const tables = statement.kind === "alter-database" ? [] : input.tablesOf(database);
  const removes = statement.kind === "drop-database" || statement.orReplace;
  if (removes && !input.filter.matchesAllOf(database)) {
    if (statement.kind !== "drop-database") throw mixed(input, []);
    // Only what is ours is dropped: the database may hold tables downstream that we know nothing of.
    if (tables.length === 0)
      return ignore(input, "The filter takes only parts of this database, and none of them is there.");
    const list = tables.map(({ database: d, table }) => quoteTable(d, table)).join(", ");
    const sql = `DROP TABLE IF EXISTS ${list}`;
    return { action: "execute", class: "database", sql, rewritten: true, tables, defaultDatabase: null };
  }
  const defaultDatabase = statement.database === null ? database : null;
  return { action: "execute", class: "database", sql: input.sql, rewritten: false, tables, defaultDatabase };
}

function excerpt(input: PlanInput): string {
  return input.sql.length > 200 ? `${input.sql.slice(0, 200)}…` : input.sql;
}

function unknownStatement(input: PlanInput, reason: string, offset: number): TidemarkError {
  return fatal(
    "ddl_unknown",
    `This statement from the log isn't understood: ${reason}, at character ${offset} of: ${excerpt(input)}`,
    {
      stage: "ddl",
      hint: "Execute it downstream by hand if it belongs there, then skip it; and please report the statement.",
      facts: { database: input.defaultDatabase, offset },
    },
  );
}

function rowsByStatement(input: PlanInput, what: string): TidemarkError {
  return fatal("statement_format_dml", `${what} writes rows by statement: ${excerpt(input)}`, {
    stage: "ddl",
    hint: "Set binlog_format=ROW on the upstream, for every session, and start from a position behind this statement.",
    facts: { database: input.defaultDatabase },
  });
}

function mixed(input: PlanInput, names: readonly TableName[]): TidemarkError {
  const wanted = wantedOf(input, names).map((name) => `${resolve(input, name).database}.${name.table}`);
  const which = wanted.length === 0 ? "" : ` (wanted: ${wanted.join(", ")})`;
  return fatal("ddl_mixed_filter", `This statement binds wanted tables to unwanted ones${which}: ${excerpt(input)}`, {
    stage: "ddl",
    hint: "Change tables.include and tables.exclude so that all or none of its tables pass, or do its work downstream by hand and skip it.",
    facts: { database: input.defaultDatabase },
  });
}
