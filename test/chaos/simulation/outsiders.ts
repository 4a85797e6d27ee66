/** Whoever else uses the downstream: clients that lock or delete rows, and operators who put things right. */
import type { ManualClock } from "../../support/manual-clock.ts";
import { ServerError } from "./database/server-error.ts";
import { Session } from "./database/session.ts";
import { same } from "./history/model.ts";
import { APPLIED_BATCH_TABLE, INTENT_TABLE } from "./meta-tables.ts";
import { between, pick, type Random } from "./random.ts";
import type { Condition, ParsedStatement, SqlRow } from "./sql/statement.ts";
import type { World } from "./world.ts";

/** Simulated time after which whoever puts things right counts as hanging, ms: longer than anybody holds a lock. */
const PATIENCE_MS = 3_600_000;

const DRIFTING = ["plain", "uniq", "pair"];

export class Outsiders {
  readonly #world: World;
  readonly #random: Random;
  readonly #isPeace: () => boolean;
  #count = 0;
  /** One lock at a time: a queue of clients that want it would keep everybody else out for ever. */
  #isHolding = false;

  constructor(world: World, random: Random, isPeace: () => boolean) {
    this.#world = world;
    this.#random = random;
    this.#isPeace = isPeace;
  }

  /** Begins to disturb, until there is peace. */
  begin(): void {
    const { drift, locks, jumps } = this.#world.scenario;
    this.#every(drift, () => this.#deleteRow());
    this.#every(locks, () => this.#holdRow());
    this.#every(jumps, async () => this.#clock.jumpWallClock((this.#random() - 0.5) * 7_200_000));
  }

  get #clock(): ManualClock {
    return this.#world.clock;
  }

  #every(perSecond: number, act: () => Promise<void>): void {
    if (perSecond === 0) return;
    this.#clock.timer((this.#random() * 2000) / perSecond, () => {
      if (this.#isPeace()) return;
      void act();
      this.#every(perSecond, act);
    });
  }

  async #deleteRow(): Promise<void> {
    const { scenario, oracle, database } = this.#world;
    const table = pick(this.#random, DRIFTING);
    // A swap of names may have put a table without a key in its place, of whose rows nobody can tell which is which.
    if (database.structure(`sim.${table}`)?.uniqueKeys.some(({ primary }) => primary) !== true) return;
    const rows = database.rows(`sim.${table}`);
    if (rows.length === 0 || (scenario.missingRow === "stop" && oracle.model.hasDrifted)) return;
    const row = pick(this.#random, rows);
    await this.#transaction(async (session) => {
      const where = isRow(row);
      await database.run(session, { kind: "update", table: `sim.${table}`, set: new Map(), where, limit: 1 });
      const there = session.touched.size > 0;
      await database.run(session, { kind: "delete", table: `sim.${table}`, where, limit: 1 });
      if (there) oracle.model.drift(table, row);
      if (there)
        this.#world.trace.push(
          `${Math.round(this.#clock.monotonic())} somebody deletes ${JSON.stringify(row)} from ${table}`,
        );
      return true;
    });
  }

  async #holdRow(): Promise<void> {
    const { database, history } = this.#world;
    if (this.#isHolding) return;
    const table = `sim.${pick(this.#random, history.structures).table}`;
    const rows = database.rows(table);
    if (rows.length === 0) return;
    const where = isRow(pick(this.#random, rows));
    this.#isHolding = true;
    await this.#transaction(async (session) => {
      await database.run(session, { kind: "update", table, set: new Map(), where, limit: 1 });
      await this.#clock.sleep(this.#random() * between(this.#random, 1, 45) * 1000);
      return false;
    });
    this.#isHolding = false;
  }

  /** `work` says whether to commit. */
  async #transaction(work: (session: Session) => Promise<boolean>): Promise<void> {
    const { database } = this.#world;
    this.#count += 1;
    const session = new Session(`outsider${this.#count}/`);
    const end = (kind: "commit" | "rollback"): ParsedStatement => ({ kind });
    try {
      await database.run(session, { kind: "begin" });
      await database.run(session, end((await work(session)) ? "commit" : "rollback"));
    } catch (thrown) {
      if (!(thrown instanceof ServerError)) throw thrown;
      database.rollback(session);
    }
  }

  /** What a person does about an error that the task can't get over by itself. */
  async putRight(error: string): Promise<void> {
    if (error === "row_missing") await this.#whileTimePasses(this.#restoreRows());
    if (error === "ddl_uncertain") await this.#whileTimePasses(this.#undoDdl());
    if (error === "piece_uncertain") await this.#whileTimePasses(this.#undoPieces());
  }

  /** Others may hold what a person needs, and let go of it only as time passes: a client its rows, the server a lost connection's. */
  async #whileTimePasses(work: Promise<void>): Promise<void> {
    const state = { isOver: false };
    const over = (): void => void (state.isOver = true);
    void work.then(over, over);
    const deadlineMs = this.#clock.monotonic() + PATIENCE_MS;
    await this.#clock.advance(0);
    while (!state.isOver) {
      if (this.#clock.monotonic() > deadlineMs) throw new Error("whoever puts things right waits for ever");
      await this.#clock.advance(1_000);
    }
    return work;
  }

  /** What docs/errors.md says: the tables as they were before the transaction, and no row that says that a piece is applied. */
  async #undoPieces(): Promise<void> {
    const { database, oracle } = this.#world;
    await this.#transaction(async (session) => {
      session.foreignKeyChecks = false;
      const everything = { where: () => true, limit: Number.POSITIVE_INFINITY };
      for (const { table, rows } of oracle.model.tables()) {
        await database.run(session, { kind: "delete", table: `sim.${table}`, ...everything });
        await database.run(session, { kind: "insert", table: `sim.${table}`, rows, lookUp: null, update: null });
      }
      const where = (row: SqlRow): boolean => row["rows_through"] !== null;
      await database.run(session, {
        kind: "delete",
        table: APPLIED_BATCH_TABLE,
        where,
        limit: Number.POSITIVE_INFINITY,
      });
      oracle.piecesUndone();
      return true;
    });
  }

  async #restoreRows(): Promise<void> {
    const { database, oracle, scenario } = this.#world;
    if (scenario.missingRow !== "stop" || !oracle.model.hasDrifted) {
      oracle.fail("S11: a row is missing that nobody took away");
      return;
    }
    await this.#transaction(async (session) => {
      session.foreignKeyChecks = false;
      const there = new Map<string, SqlRow[]>();
      for (const { table, row } of oracle.model.drifted()) {
        // Without a key there may be several like it, of which one was taken away.
        const left = there.get(table) ?? [...database.rows(`sim.${table}`)];
        there.set(table, left);
        const at = left.findIndex((other) => same(other, row));
        if (at !== -1) left.splice(at, 1);
        else
          await database.run(session, {
            kind: "insert",
            table: `sim.${table}`,
            rows: [row],
            lookUp: null,
            update: null,
          });
      }
      oracle.model.settle();
      return true;
    });
  }

  /** A rename of which nobody can tell whether it was executed: it is made undone, and comes again. */
  async #undoDdl(): Promise<void> {
    const { database, oracle, history } = this.#world;
    const [intent] = database.rows(INTENT_TABLE);
    const number = Number(/\/\* ddl (\d+) \*\//.exec(String(intent?.["statement"]))?.[1]);
    const [step] = history.transactions[number - 1]?.ddl?.steps ?? [];
    if (oracle.isDdlDone(number) && step?.kind === "rename") {
      const pairs = step.pairs.map(([from, to]) => [to, from] as const).reverse();
      const back = { kind: "rename", pairs } as const;
      await database.ddl(new Session("operator/"), back, () => oracle.ddlUndone(number, back));
    }
    await this.#transaction(async (session) => {
      // That one only: by now there may be another.
      const where = (row: SqlRow): boolean => row["statement"] === intent?.["statement"];
      await database.run(session, { kind: "delete", table: INTENT_TABLE, where, limit: 1 });
      return true;
    });
  }
}

function isRow(row: SqlRow): Condition {
  return (other) => Object.entries(row).every(([name, value]) => (other[name] ?? null) === value);
}
