/** Statements as the simulated server understands them. */

export type SqlValue = number | string | null;
export type SqlRow = Readonly<Record<string, SqlValue>>;
export type Condition = (row: SqlRow) => boolean;

/** What an upsert sets: the new row's own value, the old one and some more, or a given one. */
export type NewValue = { readonly own: true } | { readonly plus: number } | { readonly value: SqlValue };

/** A column whose value is another table's (a locking scalar sub-query). */
export interface LookUp {
  readonly column: string;
  readonly table: string;
  readonly from: string;
  readonly where: Condition;
}

export interface Insert {
  readonly kind: "insert";
  readonly table: string;
  readonly rows: readonly SqlRow[];
  readonly lookUp: LookUp | null;
  /** What ON DUPLICATE KEY UPDATE sets; null: no such clause. */
  readonly update: ReadonlyMap<string, NewValue> | null;
}

export interface Update {
  readonly kind: "update";
  readonly table: string;
  readonly set: ReadonlyMap<string, SqlValue>;
  readonly where: Condition;
  readonly limit: number;
}

export interface Delete {
  readonly kind: "delete";
  readonly table: string;
  readonly where: Condition;
  readonly limit: number;
}

export interface Select {
  readonly kind: "select";
  readonly table: string;
  readonly where: Condition;
  /** LOCK IN SHARE MODE */
  readonly shared: boolean;
}

export type Work = Insert | Update | Delete | Select;

export type ParsedStatement =
  | Work
  /** Of savepoints there is one, whatever it is called. */
  | { readonly kind: "begin" | "commit" | "rollback" | "savepoint" | "rollback-to" }
  /** null: the statement doesn't say. */
  | { readonly kind: "set"; readonly foreignKeyChecks: boolean | null; readonly lockWaitMs: number | null };
