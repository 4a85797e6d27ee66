/**
 * The simulated downstream's front: connections that look to `src/` like mysql2's, down to the bytes of a COM_QUERY, and
 * the faults that a seed deals out. Time is the run's own clock.
 */
import type { Connection } from "../../../src/mysql/connection.ts";
import type { Clock } from "../../../src/clock.ts";
import { classifyServerError } from "../../../src/mysql/server-error.ts";
import { type Database, ServerError, Session } from "./database.ts";
import { parseStatements, type ParsedStatement, type SqlRow } from "./sql.ts";

/** What goes wrong with one statement. `later`: the server notices that the client is gone only after a while. */
export type Fault =
  | { readonly kind: "error"; readonly errno: number }
  | { readonly kind: "cut"; readonly takesEffect: boolean; readonly later: boolean };

export interface Dealer {
  /** Before a connection is made. */
  connecting(label: string): number | null;
  /** Before a statement is executed. */
  statement(label: string, kind: ParsedStatement["kind"] | "ddl"): Fault | null;
  /** How long a packet takes, ms. */
  latencyMs(): number;
  /** How long the server takes to notice a client that is gone, ms. */
  noticeMs(): number;
}

export interface ServerHooks {
  /** A DDL, by the number in its comment; carries out its effect. */
  readonly ddl: (sql: string) => void;
  readonly trace: (line: string) => void;
}

export class SimulatedServer {
  readonly #database: Database;
  readonly #dealer: Dealer;
  readonly #clock: Clock;
  readonly #hooks: ServerHooks;
  readonly #connections = new Set<SimulatedConnection>();
  readonly #locks = new Map<string, SimulatedConnection>();
  #count = 0;

  constructor(database: Database, dealer: Dealer, clock: Clock, hooks: ServerHooks) {
    this.#database = database;
    this.#dealer = dealer;
    this.#clock = clock;
    this.#hooks = hooks;
  }

  async connect(label: string): Promise<Connection> {
    await this.#clock.sleep(this.#dealer.latencyMs());
    const errno = this.#dealer.connecting(label);
    if (errno !== null) throw classifyServerError(serverError(errno), "apply");
    this.#count += 1;
    const connection = new SimulatedConnection(this, `${label}#${this.#count}`, this.#count);
    this.#connections.add(connection);
    return connection;
  }

  /** Every connection whose label begins so is cut, as when its process is killed. */
  crash(prefix: string): void {
    for (const connection of this.#connections) if (connection.label.startsWith(prefix)) connection.cut(false);
  }

  /** The client is gone: what it had open is rolled back now, or after a while. */
  gone(connection: SimulatedConnection, later: boolean): void {
    this.#connections.delete(connection);
    const end = (): void => {
      if (connection.busy) return;
      this.#database.rollback(connection.session);
      for (const [name, holder] of this.#locks) if (holder === connection) this.#locks.delete(name);
    };
    if (later) this.#clock.timer(this.#dealer.noticeMs(), end);
    else end();
    connection.onIdle = end;
  }

  /** Executes a text of statements; calls `answer` after each. Throws the first error; never returns once the client is cut. */
  async execute(
    connection: SimulatedConnection,
    sql: string,
    params: readonly unknown[],
    answer: (result: { affected: number; rows: SqlRow[] }, isLast: boolean) => void,
  ): Promise<void> {
    connection.busy = true;
    try {
      await this.#clock.sleep(this.#dealer.latencyMs());
      const statements = parseStatements(sql, params);
      for (const [i, statement] of statements.entries()) {
        const fault = connection.closed ? null : this.#dealer.statement(connection.label, statement.kind);
        if (fault !== null) this.#hooks.trace(`${connection.label} ${statement.kind}: ${JSON.stringify(fault)}`);
        if (fault?.kind === "error") {
          if (fault.errno === 1213) this.#database.rollback(connection.session);
          throw new ServerError(fault.errno, `simulated ${fault.errno}`);
        }
        if (fault?.kind === "cut") {
          if (fault.takesEffect) {
            connection.cut(true);
            if (fault.later) await this.#clock.sleep(this.#dealer.noticeMs());
            await this.#database.run(connection.session, statement);
          } else connection.cut(fault.later);
          return;
        }
        const result = await this.#database.run(connection.session, statement);
        if (connection.closed && statement.kind !== "commit") return;
        answer(result, i === statements.length - 1);
      }
      await this.#clock.sleep(this.#dealer.latencyMs());
    } finally {
      connection.busy = false;
      if (connection.closed) connection.onIdle();
    }
  }

  /** The statements around a DDL: named locks, definitions, session settings, the DDL itself. */
  async executeOther(connection: SimulatedConnection, sql: string): Promise<Record<string, unknown>[]> {
    connection.busy = true;
    try {
      await this.#clock.sleep(this.#dealer.latencyMs());
      const lock = /GET_LOCK\('([^']+)'/.exec(sql)?.[1];
      if (lock !== undefined) {
        while (this.#locks.get(lock) !== undefined && this.#locks.get(lock) !== connection) await this.#clock.sleep(5);
        this.#locks.set(lock, connection);
        return [{ held: "1" }];
      }
      const shown = /^SHOW CREATE TABLE `(\w+)`\.`(\w+)`$/.exec(sql);
      if (shown !== null) {
        const definition = this.#database.definition(`${shown[1]}.${shown[2]}`);
        if (definition === null) throw new ServerError(1146, `no table ${sql}`);
        return [{ sql: JSON.stringify(definition) }];
      }
      if (!sql.includes("/* ddl ")) return [];
      const fault = this.#dealer.statement(connection.label, "ddl");
      if (fault !== null) this.#hooks.trace(`${connection.label} ddl: ${JSON.stringify(fault)}`);
      if (fault?.kind === "error") throw new ServerError(fault.errno, `simulated ${fault.errno}`);
      if (fault?.kind === "cut") {
        connection.cut(fault.later);
        if (fault.later) await this.#clock.sleep(this.#dealer.noticeMs());
        if (fault.takesEffect) this.#hooks.ddl(sql);
        return [];
      }
      this.#hooks.ddl(sql);
      return [];
    } finally {
      connection.busy = false;
      if (connection.closed) connection.onIdle();
    }
  }
}

type Callback = (error: unknown, result?: unknown) => void;

/** mysql2's command protocol, as `src/mysql/statements.ts` speaks it. */
interface Command {
  execute(packet: unknown, host: unknown): boolean;
  onResult(error: Error): void;
}

class SimulatedConnection implements Connection {
  readonly label: string;
  readonly threadId: number;
  readonly session: Session;
  readonly ended: Promise<unknown>;
  readonly bytesRead = 0;
  closed = false;
  /** The server works for it. */
  busy = false;
  onIdle: () => void = () => undefined;
  readonly #server: SimulatedServer;
  readonly #end: (reason: unknown) => void;
  readonly #pending = new Set<(reason: unknown) => void>();

  constructor(server: SimulatedServer, label: string, threadId: number) {
    this.#server = server;
    this.label = label;
    this.threadId = threadId;
    this.session = new Session(label);
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.ended = promise;
    this.#end = resolve;
  }

  /** What of mysql2's connection `src/` reaches for. */
  get raw(): Connection["raw"] {
    const raw: unknown = {
      addCommand: (command: Command) => void this.#runCommand(command),
      query: (sql: string, params: readonly unknown[], callback: Callback) =>
        void this.#runQuery(sql, params, callback),
      config: {},
      threadId: this.threadId,
    };
    return asRaw(raw);
  }

  async #runCommand(command: Command): Promise<void> {
    let sql = "";
    const host = {
      clientEncoding: "utf8",
      config: { clientFlags: 0 },
      _resetSequenceId: () => undefined,
      writePacket: (packet: { buffer: Buffer }) => {
        sql = packet.buffer.toString("utf8", 5);
      },
    };
    command.execute(undefined, host);
    try {
      await this.#server.execute(this, sql, [], ({ affected }, isLast) => {
        if (!this.closed) command.execute(okPacket(affected, !isLast), host);
      });
    } catch (thrown) {
      if (!(thrown instanceof ServerError)) throw thrown;
      const { errno, message } = thrown;
      if (!this.closed)
        command.execute(
          { buffer: Buffer.of(0, 0, 0, 0, 0xff), start: 0, end: 5, asError: () => serverError(errno, message) },
          host,
        );
    }
  }

  async #runQuery(sql: string, params: readonly unknown[], callback: Callback): Promise<void> {
    if (this.closed) return callback(lost());
    let result: unknown = null;
    try {
      await this.#server.execute(this, sql, params, ({ affected, rows }) => {
        result = sql.startsWith("select") ? rows : { affectedRows: affected, insertId: 0 };
      });
    } catch (thrown) {
      if (!(thrown instanceof ServerError)) throw thrown;
      if (!this.closed) callback(serverError(thrown.errno, thrown.message));
      return;
    }
    if (this.closed) callback(lost());
    else callback(null, result);
  }

  query<R = Record<string, unknown>>(sql: string): Promise<R[]> {
    return new Promise((resolve, reject) => {
      if (this.closed) return reject(classifyServerError(lost(), "apply"));
      const fail = (reason: unknown): void => {
        this.#pending.delete(fail);
        reject(classifyServerError(reason, "apply"));
      };
      this.#pending.add(fail);
      this.#server.executeOther(this, sql).then(
        (rows) => {
          if (this.closed) return;
          this.#pending.delete(fail);
          resolve(asRows<R>(rows));
        },
        (thrown: unknown) => {
          if (thrown instanceof ServerError) fail(serverError(thrown.errno, thrown.message));
          else fail(thrown);
        },
      );
    });
  }

  async run(sql: string): Promise<{ affectedRows: number }> {
    await this.query(sql);
    return { affectedRows: 0 };
  }

  statements(): Promise<never> {
    return Promise.reject(new Error("not simulated"));
  }

  close(): Promise<void> {
    if (!this.closed) this.cut(false);
    return Promise.resolve();
  }

  destroy(): void {
    if (!this.closed) this.cut(true);
  }

  /** The connection is lost for the client; `later`: the server finds out in a while. */
  cut(later: boolean): void {
    this.closed = true;
    this.#end(lost());
    for (const fail of this.#pending) fail(lost());
    this.#server.gone(this, later);
  }
}

function okPacket(affected: number, more: boolean): unknown {
  const buffer = Buffer.alloc(4 + 1 + 3 + 1 + 4);
  buffer[4] = 0;
  buffer[5] = 0xfc;
  buffer.writeUInt16LE(affected, 6);
  buffer.writeUInt16LE(more ? 8 : 0, 9);
  return { buffer, start: 0, end: buffer.length };
}

function serverError(errno: number, message = `simulated ${errno}`): Error {
  return Object.assign(new Error(message), { errno });
}

function lost(): Error {
  return Object.assign(new Error("simulated loss of the connection"), { code: "ECONNRESET" });
}

/** The simulation stands in for mysql2's connection only as far as it is used. */
function asRaw(value: unknown): Connection["raw"] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a stand-in by design
  return value as Connection["raw"];
}

function asRows<R>(rows: unknown): R[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- rows are what the caller says they are, as in mysql2
  return rows as R[];
}
