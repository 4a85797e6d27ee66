/** The simulated downstream's front: it makes connections, executes what they send, and lets faults happen. Time is the run's own clock. */
import type { Clock } from "../../../../src/clock.ts";
import type { Connection } from "../../../../src/mysql/connection.ts";
import { classifyServerError } from "../../../../src/mysql/server-error.ts";
import type { Database, Result } from "../database/database.ts";
import { ServerError } from "../database/server-error.ts";
import type { Gate } from "../gate.ts";
import { META_SCHEMA } from "../meta-tables.ts";
import { parseStatements } from "../sql/parse.ts";
import type { ParsedStatement } from "../sql/statement.ts";
import { type Backend, serverError, SimulatedConnection } from "./connection.ts";
import type { Dealer, Fault, Point } from "./dealer.ts";
import { NamedLocks } from "./named-locks.ts";
import { specialStatement } from "./special.ts";

export interface ServerHooks {
  /** Executes a DDL for a connection; null: the text is none. */
  readonly ddl: (connection: SimulatedConnection, sql: string) => (() => Promise<void>) | null;
  /** The process is gone (kill -9), or stands still for a while. */
  readonly kill: (label: string, later: boolean) => void;
  readonly freeze: (label: string, ms: number) => void;
  readonly trace: (line: string) => void;
}

/** One thing to do for a packet. */
interface Step {
  readonly point: Point;
  readonly run: () => Promise<Result>;
}

export class SimulatedServer implements Backend {
  readonly #database: Database;
  readonly #dealer: Dealer;
  readonly #clock: Clock;
  readonly #hooks: ServerHooks;
  readonly #connections = new Set<SimulatedConnection>();
  readonly #locks: NamedLocks;
  #count = 0;
  #upAgainMs = 0;

  constructor(database: Database, dealer: Dealer, clock: Clock, hooks: ServerHooks) {
    this.#database = database;
    this.#dealer = dealer;
    this.#clock = clock;
    this.#hooks = hooks;
    this.#locks = new NamedLocks(clock);
  }

  /** Throws as `connect` of `src/mysql` does. */
  async connect(label: string, stage: string, gate: Gate): Promise<Connection> {
    await this.#clock.sleep(this.#dealer.latencyMs());
    await gate.passed();
    if (this.#clock.monotonic() < this.#upAgainMs)
      throw classifyServerError(Object.assign(new Error("down"), { code: "ECONNREFUSED" }), "apply");
    const errno = this.#dealer.connecting({ label: `${label}${stage}`, name: `${stage}: connect`, kind: "other" });
    if (errno !== null) throw classifyServerError(serverError(errno), "apply");
    this.#count += 1;
    const connection = new SimulatedConnection(this, gate, `${label}${stage}#${this.#count}`, this.#count);
    connection.idleSinceMs = this.#clock.now();
    this.#connections.add(connection);
    return connection;
  }

  /** Connections of a process that it has not given up. */
  openOf(label: string): readonly string[] {
    return [...this.#connections]
      .filter((each) => each.label.startsWith(label) && !each.closed)
      .map((each) => each.label);
  }

  /** Every connection of a process is lost, as when it is killed. */
  cutAll(label: string, later: boolean): void {
    for (const connection of this.#connections) if (connection.label.startsWith(label)) connection.cut(later);
  }

  /** The server ends connections, and their clients hear of it only after a while. */
  forget(label: string, afterMs: number): void {
    for (const connection of this.#connections) {
      if (connection.label.startsWith(label)) this.#end(connection, afterMs);
    }
  }

  /** The server dies: what isn't committed is gone. It is back after `downMs`. */
  restart(downMs: number): void {
    this.#upAgainMs = this.#clock.monotonic() + downMs;
    for (const connection of this.#connections) this.#end(connection);
  }

  gone(connection: SimulatedConnection, later: boolean): void {
    const end = (): void => {
      if (connection.busy) return;
      this.#connections.delete(connection);
      this.#database.rollback(connection.session);
      this.#locks.release(connection);
    };
    connection.onIdle = end;
    if (later) this.#clock.timer(this.#dealer.noticeMs(), end);
    else end();
  }

  /** The connection and its transaction end at once, whatever it is doing. */
  #end(connection: SimulatedConnection, heardAfterMs = 0): void {
    connection.session.isDead = true;
    this.#database.rollback(connection.session);
    this.#locks.release(connection);
    this.#connections.delete(connection);
    connection.cut(false, heardAfterMs > 0 ? (hears) => this.#clock.timer(heardAfterMs, hears) : undefined);
  }

  async execute(
    connection: SimulatedConnection,
    sql: string,
    params: readonly unknown[],
    answer: (result: Result, isLast: boolean) => void,
  ): Promise<void> {
    connection.busy = true;
    try {
      await this.#clock.sleep(this.#dealer.latencyMs());
      const steps = this.#steps(connection, sql, params);
      for (const [i, step] of steps.entries()) {
        // A statement that has begun goes on when its client is gone; the next one of the packet is not begun.
        if (connection.isCut || connection.session.isDead) return;
        const result = await this.#execute(connection, step);
        if (result === null) return;
        const isLast = i === steps.length - 1;
        if (isLast) await this.#clock.sleep(this.#dealer.latencyMs());
        answer(result, isLast);
      }
    } finally {
      connection.busy = false;
      connection.idleSinceMs = this.#clock.now();
      if (connection.isCut) connection.onIdle();
    }
  }

  /** null: there is nobody to answer any more. */
  async #execute(connection: SimulatedConnection, { point, run }: Step): Promise<Result | null> {
    const fault = this.#dealer.statement(point);
    if (fault === null) return run();
    this.#hooks.trace(`${point.label} ${point.name}: ${JSON.stringify(fault)}`);
    switch (fault.kind) {
      case "error":
        if (fault.errno === 1213) this.#database.rollback(connection.session);
        throw new ServerError(fault.errno, `simulated ${fault.errno}`);
      case "delay":
        await this.#clock.sleep(fault.ms);
        return connection.isCut ? null : run();
      case "freeze":
        this.#hooks.freeze(connection.label, fault.ms);
        return run();
      case "restart":
        if (fault.takesEffect) await run();
        this.restart(this.#dealer.noticeMs());
        return null;
      case "cut":
      case "kill":
        return this.#lose(connection, fault, run);
      default:
        return fault satisfies never;
    }
  }

  async #lose(
    connection: SimulatedConnection,
    fault: Extract<Fault, { kind: "cut" | "kill" }>,
    run: () => Promise<Result>,
  ): Promise<null> {
    const later = fault.later || fault.takesEffect;
    connection.cut(later);
    if (fault.kind === "kill") this.#hooks.kill(connection.label, later);
    if (!fault.takesEffect) return null;
    if (fault.later) await this.#clock.sleep(this.#dealer.noticeMs());
    await run();
    return null;
  }

  /** A text as what is to be done, one after the other. */
  #steps(connection: SimulatedConnection, sql: string, params: readonly unknown[]): Step[] {
    const { label } = connection;
    const stage = label.slice(label.indexOf("/") + 1, label.indexOf("#"));
    const ddl = this.#hooks.ddl(connection, sql);
    if (ddl !== null) {
      return [{ point: { label, name: `${stage}: statement`, kind: "ddl" }, run: () => ddl().then(() => NOTHING) }];
    }
    const nowMs = this.#clock.now();
    const special = specialStatement(sql);
    if (special !== null) {
      const kill = (thread: number): void => {
        for (const other of this.#connections) if (other.threadId === thread) this.#end(other);
      };
      const [database, locks, connections] = [this.#database, this.#locks, this.#connections];
      const context = { connection, database, locks, connections, nowMs, kill };
      const run = async (): Promise<Result> => ({ affected: 0, rows: await special.run(context) });
      return [{ point: { label, name: `${stage}: ${special.name}`, kind: "other" }, run }];
    }
    return parseStatements(sql, params, nowMs).map((statement) => ({
      point: { label, name: `${stage}: ${nameOf(statement)}`, kind: statement.kind },
      run: () => this.#database.run(connection.session, statement),
    }));
  }
}

const NOTHING: Result = { affected: 0, rows: [] };

/** `insert applied_batch`, `update`: with the table only where it is one of ours. */
function nameOf(statement: ParsedStatement): string {
  if (!("table" in statement) || !statement.table.startsWith(`${META_SCHEMA}.`)) return statement.kind;
  return `${statement.kind} ${statement.table.slice(META_SCHEMA.length + 1)}`;
}
