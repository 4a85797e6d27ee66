/** Statements that aren't about rows: named locks, definitions, KILL, and what migrations ask. */
import { LEASE_TABLE, MIGRATIONS, TASK_TABLE } from "../meta-tables.ts";
import type { Database } from "../database/database.ts";
import { ServerError } from "../database/server-error.ts";
import type { SimulatedConnection } from "./connection.ts";
import type { NamedLocks } from "./named-locks.ts";

export interface SpecialContext {
  readonly connection: SimulatedConnection;
  readonly database: Database;
  readonly locks: NamedLocks;
  /** All of the server. */
  readonly connections: Iterable<SimulatedConnection>;
  readonly nowMs: number;
  readonly kill: (threadId: number) => void;
}

type Rows = readonly Readonly<Record<string, string | number | null>>[];

interface Special {
  /** Of its fault point. */
  readonly name: string;
  readonly pattern: RegExp;
  readonly run: (match: RegExpExecArray, context: SpecialContext) => Rows | Promise<Rows>;
}

const SPECIALS: readonly Special[] = [
  {
    name: "GET_LOCK",
    pattern: /^select get_lock\((.+), (\d+)\)(?: as held)?$/i,
    run: async ([, name = "", seconds], { connection, locks }) => [
      { held: (await locks.get(connection, name, Number(seconds))) ? "1" : "0" },
    ],
  },
  {
    name: "IS_USED_LOCK",
    pattern: /^select is_used_lock\((.+)\) as thread$/is,
    run: ([, name = ""], { locks }) => [{ thread: locks.holder(name)?.threadId ?? null }],
  },
  {
    name: "the holder's lease",
    pattern: /^select holder, timestampdiff\(.+where task = '(\w+)'$/is,
    run: ([, task], { database, nowMs }) => {
      const [held] = database.rows(TASK_TABLE).filter((row) => row["name"] === task);
      const [lease] = database.rows(LEASE_TABLE).filter((row) => row["task"] === task);
      if (held === undefined || lease === undefined) return [];
      const silentMs = String(Math.floor(nowMs - Number(lease["renewed_at"])));
      return [{ holder: String(held["holder"]), silentMs }];
    },
  },
  {
    name: "SHOW PROCESSLIST",
    pattern: /^SHOW PROCESSLIST$/,
    run: (_, { connections, nowMs }) =>
      [...connections].map(({ threadId, busy, idleSinceMs }) => ({
        Id: threadId,
        Command: busy ? "Query" : "Sleep",
        Time: Math.floor((nowMs - idleSinceMs) / 1000),
      })),
  },
  {
    name: "KILL",
    pattern: /^KILL (\d+)$/,
    run: ([, thread], { kill }) => {
      kill(Number(thread));
      return [];
    },
  },
  {
    name: "SHOW CREATE TABLE",
    pattern: /^SHOW CREATE TABLE `(\w+)`\.`(\w+)`$/,
    run: ([, database, table], context) => {
      const structure = context.database.structure(`${database}.${table}`);
      if (structure === null) throw new ServerError(1146, `Table '${table}' doesn't exist`);
      // The name is part of what a server prints as well.
      return [{ sql: JSON.stringify(structure) }];
    },
  },
  { name: "SHOW TABLES", pattern: /^SHOW TABLES LIKE 'migration'$/, run: () => [{ name: "migration" }] },
  {
    name: "migrations",
    pattern: /^select .*from `migration`/i,
    run: () => MIGRATIONS.map((name) => ({ name, timestamp: "0" })),
  },
  { name: "CREATE DATABASE", pattern: /^CREATE DATABASE IF NOT EXISTS/, run: () => [] },
  { name: "USE", pattern: /^USE `\w+`$/, run: () => [] },
];

/** A statement of these, ready to run; null: it is none of them. */
export function specialStatement(
  sql: string,
): { readonly name: string; readonly run: (context: SpecialContext) => Rows | Promise<Rows> } | null {
  for (const { name, pattern, run } of SPECIALS) {
    const match = pattern.exec(sql);
    if (match !== null) return { name, run: (context) => run(match, context) };
  }
  return null;
}
