/** DDL texts of the log as what they do to the tables, step by step, with the oracle looking on. */
import type { Database } from "../database/database.ts";
import type { DdlStep } from "../database/tables.ts";
import type { History } from "../history/history.ts";
import { INTENT_TABLE } from "../meta-tables.ts";
import type { Oracle } from "../oracle.ts";
import type { SimulatedConnection } from "./connection.ts";

export class DdlRunner {
  readonly #history: History;
  readonly #database: Database;
  readonly #oracle: Oracle;

  constructor(history: History, database: Database, oracle: Oracle) {
    this.#history = history;
    this.#database = database;
    this.#oracle = oracle;
  }

  /** What a text does; null: it is no DDL. */
  take(connection: SimulatedConnection, sql: string): (() => Promise<void>) | null {
    const isRest = sql.startsWith("DROP TABLE IF EXISTS");
    if (!isRest && !sql.startsWith("/* ddl ")) return null;
    // The rest of a DROP that was cut short carries no comment; which one it is, its intent says.
    const text = isRest ? String(this.#database.rows(INTENT_TABLE)[0]?.["statement"]) : sql;
    const number = Number(/\/\* ddl (\d+) \*\//.exec(text)?.[1]);
    const ddl = this.#history.transactions.find((transaction) => transaction.number === number)?.ddl;
    if (ddl === undefined || ddl === null) throw new Error(`the history has no DDL like ${sql}`);
    return async () => {
      for (const [i, step] of ddl.steps.entries()) {
        if (isRest && step.kind === "drop" && this.#database.structure(`sim.${step.table}`) === null) continue;
        await this.#step(connection, number, step);
        // A statement of several steps isn't atomic everywhere: one that is killed may leave the first half done.
        if (connection.isCut && i + 1 < ddl.steps.length && number % 4 !== 0) return;
      }
      this.#oracle.ddlDone(number);
    };
  }

  async #step(connection: SimulatedConnection, number: number, step: DdlStep): Promise<void> {
    await this.#database.ddl(connection.session, step, () => this.#oracle.ddlStep(number, step));
  }
}
