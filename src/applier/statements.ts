/**
 * A batch as SQL. Hot path: texts are joined in plain loops.
 *
 * Every statement says how many rows it must match, so that a missing row is noticed whatever the statement's
 * form (S11). Where the count is off, the whole batch is rolled back and done again change by change
 * (`careful`), which finds the row and follows the task's policy.
 */
import type { RowsChange, RowsKind } from "../binlog/transaction.ts";
import { JsonPathUpdate, type Row } from "../binlog/value.ts";
import { partialJsonUnsupported } from "./literal.ts";
import { changedDocument } from "./json-path-update.ts";
import { netChanges, sameValue } from "./net-changes.ts";
import { RELAXED_SQL_MODE, SQL_MODE } from "./session.ts";
import type { TargetColumn, TargetTable } from "./target.ts";
import { keyCondition, usableKey, whereRow } from "./where-row.ts";

/** How many rows a statement must report: exactly, at most (cascades may have been there first), or whatever. */
export type Expected = { readonly exactly: number } | { readonly atMost: number } | null;

/** One row change behind a single-row statement, for errors and policies. */
export interface SingleChange {
  readonly kind: RowsKind;
  readonly before: Row | null;
  readonly after: Row | null;
}

export interface Statement {
  readonly sql: string;
  readonly expected: Expected;
  /** null for statements that only set up the session. */
  readonly table: TargetTable | null;
  readonly single: SingleChange | null;
}

/** Limits of a statement, and what the downstream's flavour allows. */
export interface StatementLimits {
  readonly rowsMax: number;
  /** Characters of a multi-row statement (one character is at most three bytes). */
  readonly charactersMax: number;
  /** `INSERT … AS new` instead of VALUES(): MySQL 8.0.20 warns about the latter. */
  readonly rowAlias: boolean;
}

/** All statements of a batch: net changes where that is allowed, else the changes as they came. */
export function batchStatements(changes: readonly RowsChange<TargetTable>[], limits: StatementLimits): Statement[] {
  const statements: Statement[] = [];
  for (const group of groups(changes)) {
    const [first] = group;
    const table = first?.handle;
    const net = table?.netted === true ? netChanges(table, group) : null;
    if (table !== undefined && net !== null) {
      deleteRows(table, net.deletes, limits, statements);
      if (table.upsert) writeRows(table, everySecond(net.updates), limits, statements, true);
      else updateRows(table, net.updates, statements);
      writeRows(table, net.inserts, limits, statements, false);
    } else inOrder(group, limits, statements);
  }
  return statements;
}

/** The same batch change by change, one row a statement, in the upstream's order. */
export function carefulStatements(changes: readonly RowsChange<TargetTable>[], limits: StatementLimits): Statement[] {
  const statements: Statement[] = [];
  inOrder(changes, { ...limits, rowsMax: 1 }, statements);
  return statements;
}

/** Changes that must keep their order among themselves: those of a table, or of a foreign key component. */
function groups(changes: readonly RowsChange<TargetTable>[]): Iterable<readonly RowsChange<TargetTable>[]> {
  const byName = new Map<string, RowsChange<TargetTable>[]>();
  for (const change of changes) {
    const name = change.handle.component ?? change.handle.quoted;
    const group = byName.get(name);
    if (group === undefined) byName.set(name, [change]);
    else group.push(change);
  }
  return byName.values();
}

/** As they came; neighbours of one kind and table share a statement. */
function inOrder(changes: readonly RowsChange<TargetTable>[], limits: StatementLimits, out: Statement[]): void {
  let checksOff = false;
  for (let i = 0; i < changes.length; i += 1) {
    const change = changes[i];
    if (change === undefined) continue;
    const { handle: table } = change;
    if (table.component !== null && change.foreignKeyChecksOff !== checksOff) {
      checksOff = change.foreignKeyChecksOff;
      out.push(setting(`SET foreign_key_checks=${checksOff ? 0 : 1}`));
    }
    const rows = [...change.rows];
    for (let next = changes[i + 1]; next !== undefined && joins(change, next); next = changes[i + 1]) {
      for (const row of next.rows) rows.push(row);
      i += 1;
    }
    if (change.kind === "insert") writeRows(table, rows, limits, out, false);
    else if (change.kind === "delete") deleteRows(table, rows, limits, out);
    else updateRows(table, rows, out);
  }
  if (checksOff) out.push(setting("SET foreign_key_checks=1"));
}

function joins(a: RowsChange<TargetTable>, b: RowsChange<TargetTable>): boolean {
  const same = a.handle === b.handle && a.kind === b.kind && a.kind !== "update";
  return same && a.foreignKeyChecksOff === b.foreignKeyChecksOff && a.full && b.full;
}

function setting(sql: string): Statement {
  return { sql, expected: null, table: null, single: null };
}

/** Index 0 of an ENUM, the server's mark of an invalid value, is refused in strict mode: such rows go by themselves. */
function relaxed(table: TargetTable, row: Row): boolean {
  return table.enumSources.some((source) => row[source] === 0);
}

/** Multi-row INSERTs; `upsert`: rows that are there, to be overwritten (each then counts as two). */
function writeRows(
  table: TargetTable,
  rows: readonly Row[],
  limits: StatementLimits,
  out: Statement[],
  upsert: boolean,
): void {
  if (rows.length === 0) return;
  if (table.enumSources.length > 0 && rows.some((row) => relaxed(table, row))) {
    const odd = rows.filter((row) => relaxed(table, row));
    const plain = { ...table, enumSources: [] };
    writeRows(
      plain,
      rows.filter((row) => !relaxed(table, row)),
      limits,
      out,
      upsert,
    );
    out.push(setting(`SET sql_mode='${RELAXED_SQL_MODE}'`));
    writeRows(plain, odd, limits, out, upsert);
    out.push(setting(`SET sql_mode='${SQL_MODE}'`));
    return;
  }
  const columns = writableIn(table, rows[0]);
  const head = `INSERT INTO ${table.quoted} (${columns.map((column) => column.name).join(",")}) VALUES `;
  const tail = upsert ? upsertTail(table, columns, limits) : "";
  const width = columns.length;
  let text = "";
  let count = 0;
  for (let i = 0; i < rows.length; i += 1) {
    const row = rows[i] ?? [];
    let values = count === 0 ? "(" : ",(";
    for (let c = 0; c < width; c += 1) {
      const column = columns[c];
      if (column === undefined) continue;
      const literal = column.literal(row[column.source] ?? null);
      values += c === 0 ? literal : `,${literal}`;
    }
    text += `${values})`;
    count += 1;
    if (count >= limits.rowsMax || text.length >= limits.charactersMax || i === rows.length - 1) {
      const single = count === 1 ? { kind: "insert" as const, before: null, after: row } : null;
      out.push({ sql: head + text + tail, expected: { exactly: upsert ? 2 * count : count }, table, single });
      text = "";
      count = 0;
    }
  }
}

function upsertTail(table: TargetTable, columns: readonly TargetColumn[], limits: StatementLimits): string {
  const keys = new Set(table.rowKey?.map((column) => column.name));
  const changed = columns.filter((column) => !keys.has(column.name));
  const alias = "`tidemark new`";
  if (limits.rowAlias) {
    return ` AS ${alias} ON DUPLICATE KEY UPDATE ${changed.map(({ name }) => `${name}=${alias}.${name}`).join(",")}`;
  }
  return ` ON DUPLICATE KEY UPDATE ${changed.map(({ name }) => `${name}=VALUES(${name})`).join(",")}`;
}

/** The columns that a row image holds: all of them in FULL. */
function writableIn(table: TargetTable, row: Row | undefined): readonly TargetColumn[] {
  if (row === undefined || !row.includes(undefined)) return table.writable;
  return table.writable.filter((column) => row[column.source] !== undefined);
}

function deleteRows(table: TargetTable, rows: readonly Row[], limits: StatementLimits, out: Statement[]): void {
  const key = usableKey(table, rows[0]);
  if (key === null || limits.rowsMax === 1 || rows.length === 1) {
    for (const row of rows) {
      const sql = deleteRow(table, row);
      out.push({ sql, expected: one(table), table, single: { kind: "delete", before: row, after: null } });
    }
    return;
  }
  const [first] = key;
  const listed = key.length === 1 && first !== undefined;
  const head = `DELETE FROM ${table.quoted} WHERE ${listed ? `${first.name} IN (` : ""}`;
  let text = "";
  let count = 0;
  rows.forEach((row, i) => {
    const item = listed ? first.keyLiteral(row[first.source] ?? null) : `(${keyCondition(key, row)})`;
    text += count === 0 ? item : `${listed ? "," : " OR "}${item}`;
    count += 1;
    // The range optimizer's memory bounds an OR list sooner than an IN list.
    const full = count >= Math.min(limits.rowsMax, listed ? 1000 : 200) || text.length >= limits.charactersMax;
    if (!full && i < rows.length - 1) return;
    const expected = table.cascades ? { atMost: count } : { exactly: count };
    out.push({ sql: `${head}${text}${listed ? ")" : ""}`, expected, table, single: null });
    text = "";
    count = 0;
  });
}

/** One UPDATE a row, of the columns that changed. `rows`: before and after in turn. */
function updateRows(table: TargetTable, rows: readonly Row[], out: Statement[]): void {
  for (let i = 0; i + 1 < rows.length; i += 2) {
    const before = rows[i] ?? [];
    const after = rows[i + 1] ?? [];
    let set = "";
    let presupposed = "";
    for (const column of table.writable) {
      const value = after[column.source];
      if (value === undefined || sameValue(before[column.source], value)) continue;
      let expression: string;
      if (value instanceof JsonPathUpdate) {
        if (!column.json) throw partialJsonUnsupported(`${table.label} downstream has no JSON type of MySQL's for it`);
        if (!table.transactional) throw partialJsonUnsupported(`${table.label} downstream has no transactions`);
        const changed = changedDocument(column.name, value);
        expression = changed.document;
        presupposed += `${changed.condition} AND `;
      } else expression = column.literal(value);
      set += `${set === "" ? "" : ","}${column.name}=${expression}`;
    }
    if (set === "") continue;
    const sql = `UPDATE ${table.quoted} SET ${set} WHERE ${presupposed}${whereRow(table, before)}`;
    const odd = table.enumSources.length > 0 && relaxed(table, after);
    if (odd) out.push(setting(`SET sql_mode='${RELAXED_SQL_MODE}'`));
    out.push({ sql, expected: one(table), table, single: { kind: "update", before, after } });
    if (odd) out.push(setting(`SET sql_mode='${SQL_MODE}'`));
  }
}

function one(table: TargetTable): Expected {
  return table.cascades ? { atMost: 1 } : { exactly: 1 };
}

function everySecond(rows: readonly Row[]): Row[] {
  const after: Row[] = [];
  for (let i = 1; i < rows.length; i += 2) after.push(rows[i] ?? []);
  return after;
}

/** One row that takes the place of whatever has its keys: for changes that may have been applied before. Nothing may cascade from what is replaced. */
export function replaceRow(table: TargetTable, row: Row, limits: StatementLimits): string {
  return insertRow(table, row, limits).replace(/^(SET [^;]*;)?INSERT INTO/, "$1REPLACE INTO");
}

/** The row after a change, as far as the log tells it: what the after image leaves out is as it was. */
export function changedRow(before: Row | null, after: Row): Row {
  return after.map((value, i) => (value === undefined ? before?.[i] : value));
}

/** The DELETE of one row, by its key where it has one. */
export function deleteRow(table: TargetTable, row: Row): string {
  return `DELETE FROM ${table.quoted} WHERE ${whereRow(table, row)}`;
}

/** One row as an INSERT of its own. */
export function insertRow(table: TargetTable, row: Row, limits: StatementLimits): string {
  const statements: Statement[] = [];
  writeRows(table, [row], limits, statements, false);
  return statements.map(({ sql }) => sql).join(";");
}
