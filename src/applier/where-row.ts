/** What finds a row downstream. */
import type { Row } from "../binlog/value.ts";
import { TidemarkError } from "../errors.ts";
import type { TargetColumn, TargetTable } from "./target.ts";

/** The key that finds rows with this image; null when there is none, or the image leaves a part of it out. */
export function usableKey(table: TargetTable, row: Row | undefined): readonly TargetColumn[] | null {
  if (table.rowKey === null || row === undefined) return null;
  return table.rowKey.every((column) => row[column.source] !== undefined) ? table.rowKey : null;
}

/** The key's columns by value. */
export function keyCondition(key: readonly TargetColumn[], row: Row): string {
  let text = "";
  for (const column of key) {
    text += `${text === "" ? "" : " AND "}${column.name}=${column.keyLiteral(row[column.source] ?? null)}`;
  }
  return text;
}

/**
 * What finds exactly one row: its key, or all of its columns with LIMIT 1. Columns that the image leaves out don't count:
 * that is right for generated ones, and where the image holds a unique key of the upstream; any other such image
 * could mean several rows. @throws `row_not_identified`
 */
export function whereRow(table: TargetTable, row: Row): string {
  const key = usableKey(table, row);
  if (key !== null) return keyCondition(key, row);
  const open = table.wholeRow.find((column) => row[column.source] === undefined && !column.derived);
  if (open !== undefined && !holdsUpstreamKey(table, row)) throw rowNotIdentified(table, open);
  const conditions = table.wholeRow.flatMap((column) => {
    const value = row[column.source];
    return value === undefined ? [] : [column.condition(value)];
  });
  return `${conditions.join(" AND ")} LIMIT 1`;
}

function holdsUpstreamKey(table: TargetTable, row: Row): boolean {
  return table.upstreamKeys.some((key) => key.every((source) => row[source] !== undefined && row[source] !== null));
}

function rowNotIdentified(table: TargetTable, column: TargetColumn): TidemarkError {
  return new TidemarkError(
    "row_not_identified",
    `A change of ${table.label} leaves out column ${column.name}, and nothing else tells which row it means.`,
    {
      stage: "apply",
      hint: "Give the table a primary key, or set binlog_row_image=FULL on the upstream; then copy the table anew.",
      facts: { table: table.label, column: column.name },
    },
  );
}
