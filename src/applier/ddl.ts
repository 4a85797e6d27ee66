/**
 * DDL, exactly once (D1). The server commits a DDL by itself, so no row of ours can be in its transaction. Instead:
 * the *intent* is written before it with a fingerprint of the structures that it names; after a crash the same
 * fingerprint says that it was not executed, another one that it was.
 */
import { createHash } from "node:crypto";
import type { LoggedStatement } from "../binlog/transaction.ts";
import { TidemarkError } from "../errors.ts";
import { around, type Faults } from "../faults.ts";
import type { Connection } from "../mysql/connection.ts";
import type { Flavour } from "../mysql/flavour.ts";
import { quoteName, quoteTable, quoteText } from "../mysql/quote.ts";
import type { Statement } from "../schema/scan.ts";
import { ddlSession } from "./ddl-session.ts";

/** A DDL bound for execution. */
export interface Ddl {
  readonly logged: LoggedStatement;
  /** The text to execute: the log's, names exchanged or clauses dropped where the plan says so. */
  readonly sql: string;
  readonly statement: Statement;
  /** The wanted tables that it creates, changes or removes. */
  readonly tables: readonly { readonly database: string; readonly table: string }[];
  /** What `USE` must select; null where no name depends on it. */
  readonly defaultDatabase: string | null;
  readonly upstream: Flavour;
  readonly downstream: Flavour;
  /** Unique per task: names the lock that is held while a DDL of the task runs. */
  readonly lockName: string;
  readonly faults: Faults | null;
}

let mintExecuted: () => Executed;

/** The proof that a DDL has been executed downstream. */
export class Executed {
  readonly #proof = true;
  private constructor() {
    void this.#proof;
  }
  static {
    mintExecuted = () => new Executed();
  }
}

/** Seconds that we wait for an earlier session's DDL that the server still works on. */
const LOCK_WAIT_SECONDS = 86_400;

/** The name of the lock that is held while a DDL of the task runs: a hash, because a name has 64 characters at most. */
export function ddlLockName(metaSchema: string, task: string): string {
  return `tidemark-ddl:${createHash("sha256").update(`${metaSchema}/${task}`).digest("hex").slice(0, 40)}`;
}

/**
 * Waits until no DDL of an earlier session of this task is under way. The server goes on with a statement
 * when its client is gone, and keeps the client's named locks until it has ended. Throws `ddl_still_running` after a day.
 */
export async function waitForEarlierDdl(connection: Connection, { lockName, faults }: Ddl): Promise<void> {
  const sql = `SELECT GET_LOCK(${quoteText(lockName)}, ${LOCK_WAIT_SECONDS}) AS held`;
  const [row] = await around(faults, "ddl.lock", () => connection.query<{ held: string | number | null }>(sql));
  if (Number(row?.held) === 1) return;
  throw new TidemarkError("ddl_still_running", "A DDL of an earlier session is still being executed downstream.", {
    stage: "ddl",
    kind: "resumable",
    hint: "Look at the downstream's process list; we go on when it has ended.",
  });
}

/** SHA-256, in hex, of the definitions of everything that the statement changes, as they are downstream. */
export async function fingerprint(connection: Connection, ddl: Ddl): Promise<string> {
  const hash = createHash("sha256");
  for (const { database, table } of ddl.tables) {
    const sql = `SHOW CREATE TABLE ${quoteTable(database, table)}`;
    const text = await around(ddl.faults, "ddl.definition", () => definition(connection, sql));
    hash.update(`${database}\0${table}\0${text}\0`);
  }
  if ("database" in ddl.statement) {
    const database = ddl.statement.database ?? ddl.logged.database;
    hash.update(await definition(connection, `SHOW CREATE DATABASE ${quoteName(database)}`));
  }
  return hash.digest("hex");
}

/** The definition without the parts that rows change; "" when there is no such table or database. */
async function definition(connection: Connection, sql: string): Promise<string> {
  try {
    const [row] = await connection.query(sql);
    return Object.values(row ?? {})
      .map(String)
      .join("\0")
      .replace(/ AUTO_INCREMENT=\d+/, "");
  } catch (thrown) {
    if (thrown instanceof TidemarkError && (thrown.name === "unknown_table" || thrown.name === "unknown_database"))
      return "";
    throw thrown;
  }
}

/**
 * Whether the statement may be executed again when the fingerprint can't tell whether it was: a rename may swap two
 * tables of one shape, EXCHANGE PARTITION changes rows alone. Anything else that leaves the structure as it is
 * (TRUNCATE, a rebuild) ends in the same state the second time.
 */
function repeatable(statement: Statement): boolean {
  if (statement.kind === "rename-table") return statement.pairs.length === 1;
  if (statement.kind !== "alter-table") return true;
  return !statement.parts.some((part) => part.kind === "exchange-partition");
}

/** What an earlier session wrote down of this very statement. */
export interface Intended {
  readonly beforeFingerprint: string;
  /** The server's word that it did not take effect. */
  readonly refused: boolean;
}

/**
 * Executes a DDL on a connection of its own (whose session is not used for anything else afterwards).
 * `intended`: null when this session is the first to do so. What was refused and shows an effect now was done by hand.
 * `onRefused`: called when the server says of the statement itself that it did not take effect. Whatever fails before it
 * says nothing of what became of it in an earlier session.
 */
export async function executeDdl(
  connection: Connection,
  ddl: Ddl,
  intended: Intended | null,
  onRefused: () => Promise<void> = () => Promise.resolve(),
): Promise<Executed> {
  const { statement } = ddl;
  if (intended !== null) {
    const now = await fingerprint(connection, ddl);
    if (now !== intended.beforeFingerprint) {
      if (statement.kind !== "drop-table") return mintExecuted();
    } else if (!intended.refused && !repeatable(statement)) throw uncertain(ddl);
  }
  await setUp(connection, ddl);
  const sql = intended !== null && statement.kind === "drop-table" ? dropRest(ddl) : ddl.sql;
  try {
    await around(ddl.faults, "ddl.execute", () => connection.run(sql));
  } catch (thrown) {
    if (isRefusal(thrown)) await onRefused();
    throw failed(ddl, thrown);
  }
  return mintExecuted();
}

/** Answers behind which nobody knows what became of the statement. */
const UNKNOWN_OUTCOME: ReadonlySet<string> = new Set(["connection_lost", "read_timeout", "server_shutdown"]);

/** Whether an error of the statement is the server's own word that it did not take effect. */
function isRefusal(thrown: unknown): boolean {
  if (!(thrown instanceof TidemarkError) || typeof thrown.facts["code"] !== "number") return false;
  return !UNKNOWN_OUTCOME.has(thrown.name);
}

/** A DROP of several tables that was cut short: what is left of it. */
function dropRest({ tables }: Ddl): string {
  const names = tables.map(({ database, table }) => quoteTable(database, table));
  return `DROP TABLE IF EXISTS ${names.join(", ")}`;
}

async function setUp(connection: Connection, ddl: Ddl): Promise<void> {
  const { logged, upstream, downstream } = ddl;
  const { required, optional } = ddlSession({
    context: logged.context,
    database: ddl.defaultDatabase,
    upstream,
    downstream,
  });
  for (const sql of required) await around(ddl.faults, "ddl.required", () => connection.run(sql));
  for (const sql of optional) {
    try {
      await around(ddl.faults, "ddl.optional", () => connection.run(sql));
    } catch (thrown) {
      // Connection losses are for the session; a refusal leaves the server's own setting.
      if (thrown instanceof TidemarkError && thrown.kind !== "fatal") throw thrown;
    }
  }
}

/** Characters of a statement that an error shows. */
const STATEMENT_MAX = 500;

function failed(ddl: Ddl, thrown: unknown): unknown {
  if (!(thrown instanceof TidemarkError) || thrown.kind !== "fatal") return thrown;
  return new TidemarkError("ddl_failed", `${thrown.message} — in: ${ddl.sql.slice(0, STATEMENT_MAX)}`, {
    stage: "ddl",
    hint: repeatable(ddl.statement)
      ? "The downstream refuses what the upstream took. Make it possible there, or execute the statement by hand in a form that it takes, then resume."
      : "The downstream refuses what the upstream took. Make it possible there, then resume: it is executed again, so don't execute it by hand.",
    facts: { ...thrown.facts, error: thrown.name },
    cause: thrown,
  });
}

function uncertain(ddl: Ddl): TidemarkError {
  return new TidemarkError(
    "ddl_uncertain",
    `We were cut off while this was executed, and the structures don't tell whether it was: ${ddl.sql.slice(0, STATEMENT_MAX)}`,
    {
      stage: "ddl",
      hint: "Look whether it has taken effect downstream; if not, execute it by hand. Then remove the task's row in ddl_intent and resume behind it.",
    },
  );
}
