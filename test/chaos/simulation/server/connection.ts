/** A connection that looks to `src/` like mysql2's, down to the bytes of a COM_QUERY. */
import type { Connection } from "../../../../src/mysql/connection.ts";
import { classifyServerError } from "../../../../src/mysql/server-error.ts";
import { ServerError } from "../database/server-error.ts";
import { Session } from "../database/session.ts";
import type { Gate } from "../gate.ts";
import type { SqlRow } from "../sql/statement.ts";

/** What the server does for its connections. */
export interface Backend {
  /** Executes a text of statements; calls `answer` after each. Throws the first error; returns without a word once the client is gone. */
  execute(
    connection: SimulatedConnection,
    sql: string,
    params: readonly unknown[],
    answer: (result: { affected: number; rows: readonly SqlRow[] }, isLast: boolean) => void,
  ): Promise<void>;
  /** The client is gone; `later`: the server notices after a while. */
  gone(connection: SimulatedConnection, later: boolean): void;
}

type Callback = (error: unknown, result?: unknown) => void;

/** mysql2's command protocol, as `src/mysql/statements.ts` speaks it. */
interface Command {
  execute(packet: unknown, host: unknown): boolean;
  onResult(error: Error): void;
}

export class SimulatedConnection implements Connection {
  readonly label: string;
  readonly threadId: number;
  readonly session: Session;
  readonly ended: Promise<unknown>;
  readonly bytesRead = 0;
  /** As the client knows it. */
  closed = false;
  /** As the server knows it: nobody hears its answers any more. */
  isCut = false;
  /** The server works for it. */
  busy = false;
  /** Since when it has asked for nothing (wall clock, ms). */
  idleSinceMs = 0;
  onIdle: () => void = () => undefined;
  readonly #backend: Backend;
  readonly #gate: Gate;
  readonly #end: (reason: unknown) => void;
  #tail: Promise<void> = Promise.resolve();
  readonly #pending = new Set<(reason: unknown) => void>();

  constructor(backend: Backend, gate: Gate, label: string, threadId: number) {
    this.#backend = backend;
    this.#gate = gate;
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
      addCommand: (command: Command) => this.#queue(() => this.#runCommand(command)),
      query: (sql: string, params: readonly unknown[], callback: Callback) =>
        this.#queue(() => this.#runQuery(sql, params, callback)),
      config: {},
      threadId: this.threadId,
    };
    return asRaw(raw);
  }

  /** One after the other, as mysql2 does it. */
  #queue(command: () => Promise<void>): void {
    this.#tail = this.#tail.then(command);
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
      await this.#backend.execute(this, sql, [], ({ affected }, isLast) => {
        this.#hear(() => command.execute(okPacket(affected, !isLast), host));
      });
    } catch (thrown) {
      if (!(thrown instanceof ServerError)) throw thrown;
      const { errno, message } = thrown;
      const bytes = Buffer.of(0, 0, 0, 0, 0xff);
      const packet = { buffer: bytes, start: 0, end: 5, asError: () => serverError(errno, message) };
      this.#hear(() => command.execute(packet, host));
    }
  }

  async #runQuery(sql: string, params: readonly unknown[], callback: Callback): Promise<void> {
    if (this.closed) return callback(lost());
    let result: unknown = null;
    const fail = (reason: unknown): void => {
      this.#pending.delete(fail);
      callback(reason);
    };
    this.#pending.add(fail);
    try {
      await this.#backend.execute(this, sql, params, ({ affected, rows }) => {
        result = /^(select|show)/i.test(sql) ? rows : { affectedRows: affected, insertId: 0 };
      });
    } catch (thrown) {
      if (!(thrown instanceof ServerError)) throw thrown;
      this.#hear(() => fail(serverError(thrown.errno, thrown.message)));
      return;
    }
    this.#hear(() => {
      this.#pending.delete(fail);
      callback(null, result);
    });
  }

  query<R = Record<string, unknown>>(sql: string): Promise<R[]> {
    return new Promise((resolve, reject) => {
      if (this.closed) return reject(classifyServerError(lost(), "apply"));
      const answered: Callback = (error, result) => {
        if (error === null) resolve(asRows<R>(Array.isArray(result) ? result : []));
        else reject(classifyServerError(error, "apply"));
      };
      this.#queue(() => this.#runQuery(sql, [], answered));
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
    this.#leave(false);
    return Promise.resolve();
  }

  destroy(): void {
    this.#leave(true);
  }

  /** The client ends it. */
  #leave(later: boolean): void {
    if (this.closed) return;
    this.#lose();
    if (this.isCut) return;
    this.isCut = true;
    this.#backend.gone(this, later);
  }

  /** The network or the server ends it; `later`: the server finds out in a while; `delayed`: the client does. */
  cut(later: boolean, delayed?: (hears: () => void) => void): void {
    if (this.isCut) return;
    this.isCut = true;
    const hears = (): void => this.#gate.run(() => this.#lose());
    if (delayed === undefined) hears();
    else delayed(hears);
    this.#backend.gone(this, later);
  }

  /** The client learns that it is closed. */
  #lose(): void {
    if (this.closed) return;
    this.closed = true;
    this.#end(lost());
    for (const fail of this.#pending) fail(lost());
  }

  /** What the server says, if there is a way to the client. */
  #hear(happens: () => void): void {
    if (this.isCut) return;
    this.#gate.run(() => {
      if (!this.closed) happens();
    });
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

export function serverError(errno: number, message = `simulated ${errno}`): Error {
  return Object.assign(new Error(message), { errno });
}

export function lost(): Error {
  return Object.assign(new Error("simulated loss of the connection"), { code: "ECONNRESET" });
}

/** The simulation stands in for mysql2's connection only as far as it is used. */
function asRaw(value: unknown): Connection["raw"] {
  // oxlint-disable-next-line typescript/consistent-type-assertions, typescript/no-unsafe-type-assertion -- a stand-in by design
  return value as Connection["raw"];
}

function asRows<R>(rows: unknown): R[] {
  // oxlint-disable-next-line typescript/consistent-type-assertions, typescript/no-unsafe-type-assertion -- rows are what the caller says they are, as in mysql2
  return rows as R[];
}
