/** Short cuts to the transaction assembler for tests: every table is wanted, and its handle knows its name. */
import { createAssembler, type Assembler, type AssemblerOptions } from "../../src/binlog/assembler.ts";
import { eventsOfFile } from "../../src/binlog/binlog-file.ts";
import { gtidText } from "../../src/binlog/gtid.ts";
import type { TableMap } from "../../src/binlog/table-map.ts";
import type { TableHandle, Transaction } from "../../src/binlog/transaction.ts";
import { JsonDocument, JsonPathUpdate, type Value } from "../../src/binlog/value.ts";

export interface NamedTable extends TableHandle {
  readonly name: string;
}

/** A handle that makes every column decodable, whatever the log says of it. */
export function namedTable(map: TableMap): NamedTable {
  const columns = Array.from(map.types, (_, index) => ({
    name: `c${index + 1}`,
    unsigned: false,
    charset: "utf8mb4",
    special: null,
  }));
  return { name: `${map.database}.${map.table}`, columns };
}

export function newAssembler(options: Partial<AssemblerOptions<NamedTable>> = {}): Assembler<NamedTable> {
  return createAssembler({ flavour: "mysql", resolve: namedTable, file: "binlog.000001", offset: 4, ...options });
}

/** All transactions that the events make. */
export function assemble(
  events: Iterable<Buffer>,
  options: Partial<AssemblerOptions<NamedTable>> = {},
): Transaction<NamedTable>[] {
  return pushAll(newAssembler(options), events);
}

export function pushAll(assembler: Assembler<NamedTable>, events: Iterable<Buffer>): Transaction<NamedTable>[] {
  const transactions: Transaction<NamedTable>[] = [];
  for (const event of events) {
    const transaction = assembler.push(event);
    if (transaction !== null) transactions.push(transaction);
  }
  return transactions;
}

/** All transactions of a whole file, the flavour told by its first event. */
export function assembleFile(
  file: Buffer,
  options: Partial<AssemblerOptions<NamedTable>> = {},
): Transaction<NamedTable>[] {
  const flavour = /mariadb/i.test(file.toString("latin1", 0, 100)) ? "mariadb" : "mysql";
  return assemble(eventsOfFile(file), { flavour, ...options });
}

/** A column's value as text; NULL and columns that the row image leaves out are empty. */
export function valueText(value: Value | undefined): string {
  if (value instanceof JsonDocument) return value.text;
  if (value instanceof JsonPathUpdate) return JSON.stringify(value);
  return value === null || value === undefined ? "" : value.toString();
}

/** A transaction in a line: `…:5 insert t [1,a] [2,b]; update t …` or its statement. */
export function outline(transaction: Transaction<NamedTable>): string {
  const { gtid, statement, changes, xa } = transaction;
  const parts = [
    ...(statement === null ? [] : [statement.sql.replaceAll(/\s+/g, " ")]),
    ...changes.map(
      ({ kind, handle, rows }) =>
        `${kind} ${handle.name} ${rows.map((row) => `[${row.map(valueText).join(",")}]`).join(" ")}`,
    ),
    ...(xa === null || xa === undefined ? [] : [`${xa.step} ${xa.xid}`]),
  ];
  return `${gtid === null ? "anonymous" : gtidText(gtid)} ${parts.join("; ") || "empty"}`;
}
