import { Socket } from "node:net";
import { createConnection, type Connection as RawConnection } from "mysql2";
import { systemClock, type Clock } from "../clock.ts";
import { TidemarkError, type Stage } from "../errors.ts";
import { classifyServerError, codeOf } from "./server-error.ts";
import { driverOptions, type ServerAddress } from "./server-address.ts";
import { serverInfoFrom, type ServerInfo } from "./flavour.ts";

export type { ServerAddress, TlsOptions } from "./server-address.ts";

/** One result of a text of several statements: the rows of a SELECT or SHOW, or null for a statement without rows. */
export type StatementResult = readonly Record<string, unknown>[] | null;

/** One connection to a server: text protocol, utf8mb4, no local files, never more than one query at a time on the wire. */
export interface Connection {
  /** mysql2's own connection, for custom commands (the dump). */
  readonly raw: RawConnection;
  /** CONNECTION_ID(). */
  readonly threadId: number;
  /** Bytes that came from the socket so far, TLS's own included: the sign of life that read deadlines watch. */
  readonly bytesRead: number;
  /** True once the connection is of no use any more, whoever ended it. */
  readonly closed: boolean;
  /** Resolves when the connection has ended, with the reason. Never rejects. */
  readonly ended: Promise<unknown>;
  /** Rows as objects: BIGINT and DECIMAL as strings, other integers as numbers, dates and times as strings, binary as Buffer. */
  query<R = Record<string, unknown>>(sql: string): Promise<R[]>;
  /** Statements without rows. `affectedRows` counts matched rows (CLIENT_FOUND_ROWS). */
  run(sql: string): Promise<{ affectedRows: number }>;
  /** Several statements (`a; b; c`) in one round trip, one result each. The first that fails ends the text. */
  statements(sql: string): Promise<readonly StatementResult[]>;
  /** COM_QUIT, then the socket is closed; resolves within a second whatever the server does. */
  close(): Promise<void>;
  /** The socket is closed at once; queries under way reject with `reason`, or as `connection_lost`. */
  destroy(reason?: unknown): void;
}

const CONNECT_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_MS = 500;

/** What a connection is for, and whose time it lives in. */
export interface ConnectOptions {
  /** The stage that its errors carry. Default `upstream`. */
  readonly stage?: Stage;
  readonly clock?: Clock;
}

/**
 * Connects and authenticates. Aborting `signal` while connecting ends the attempt (`cancelled`); afterwards the
 * signal has no power over the connection. Throws classified errors ({@link classifyServerError}).
 */
export async function connect(
  address: ServerAddress,
  signal?: AbortSignal,
  options: ConnectOptions = {},
): Promise<Connection> {
  if (address.tls.mode !== "preferred") return attempt(address, address.tls.mode !== "disabled", signal, options);
  try {
    return await attempt(address, true, signal, options);
  } catch (error) {
    if (error instanceof TidemarkError && error.name === "tls_unsupported")
      return attempt(address, false, signal, options);
    throw error;
  }
}

function attempt(
  address: ServerAddress,
  encrypted: boolean,
  signal: AbortSignal | undefined,
  options: ConnectOptions,
): Promise<Connection> {
  const { stage = "upstream", clock = systemClock } = options;
  const socket = new Socket();
  const raw = createConnection(driverOptions(address, encrypted, socket));
  const state = new ConnectionState(raw, socket, stage, clock);
  return new Promise((resolve, reject) => {
    const timeoutMs = address.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
    const timer = clock.timer(timeoutMs, () => {
      fail(Object.assign(new Error(`no connection within ${timeoutMs} ms`), { code: "CONNECT_TIMEOUT" }));
    });
    const settle = (): void => {
      timer.cancel();
      signal?.removeEventListener("abort", onAbort);
    };
    const fail = (reason: unknown): void => {
      settle();
      state.end(reason);
      reject(explain(reason, address, stage));
    };
    const onAbort = (): void => {
      fail(
        new TidemarkError("cancelled", "connecting was cancelled", {
          stage,
          kind: "resumable",
          hint: "The task was asked to stop while it was connecting.",
        }),
      );
    };
    raw.on("error", (error: unknown) => {
      if (state.authenticated) state.end(error);
      else fail(error);
    });
    raw.once("connect", () => {
      settle();
      state.authenticated = true;
      resolve(state);
    });
    if (signal?.aborted === true) onAbort();
    else {
      signal?.addEventListener("abort", onAbort, { once: true });
      // Given to tls.checkServerIdentity when the host is an address: Node only notes names that it looked up.
      Object.assign(socket, { _host: address.host });
      socket.setNoDelay(true);
      socket.setKeepAlive(true, 10_000);
      socket.connect({ host: address.host, port: address.port });
    }
  });
}

function explain(reason: unknown, address: ServerAddress, stage: Stage): TidemarkError {
  const error = classifyServerError(reason, stage);
  const where = `${address.user}@${address.host}:${address.port}`;
  return new TidemarkError(error.name, `${where}: ${error.message}`, {
    stage: error.stage,
    kind: error.kind,
    hint: error.hint,
    facts: { ...error.facts, host: address.host, port: address.port, user: address.user },
    cause: error.cause ?? reason,
  });
}

/** The state behind {@link Connection}. A query's promise always settles: mysql2 forgets its callbacks when the socket is closed from our side. */
class ConnectionState implements Connection {
  readonly raw: RawConnection;
  readonly ended: Promise<unknown>;
  authenticated = false;
  #closed = false;
  readonly #socket: Socket;
  readonly #stage: Stage;
  readonly #clock: Clock;
  readonly #markEnded: (reason: unknown) => void;
  readonly #pending = new Set<(reason: unknown) => void>();

  constructor(raw: RawConnection, socket: Socket, stage: Stage, clock: Clock) {
    this.raw = raw;
    this.#socket = socket;
    this.#stage = stage;
    this.#clock = clock;
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.ended = promise;
    this.#markEnded = resolve;
    socket.once("close", () => this.end(lost("the connection was closed")));
  }

  get threadId(): number {
    return this.raw.threadId;
  }

  get bytesRead(): number {
    return this.#socket.bytesRead;
  }

  get closed(): boolean {
    return this.#closed;
  }

  query<R = Record<string, unknown>>(sql: string): Promise<R[]> {
    return this.#send(sql, (result) => (isRows<R>(result) ? result : []));
  }

  run(sql: string): Promise<{ affectedRows: number }> {
    return this.#send(sql, (result) => ({ affectedRows: affected(result) }));
  }

  statements(sql: string): Promise<readonly StatementResult[]> {
    // mysql2 gives an array of results for several statements, and the bare result for one; rows are objects, results arrays.
    return this.#send(sql, (result) => {
      if (!Array.isArray(result)) return [null];
      const several = result.some((entry) => Array.isArray(entry) || isOkPacket(entry));
      return several ? result.map((entry: unknown) => (Array.isArray(entry) ? entry : null)) : [result];
    });
  }

  #send<T>(sql: string, read: (result: unknown) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#closed) {
        reject(classifyServerError(lost("the connection is closed"), this.#stage));
        return;
      }
      const fail = (reason: unknown): void => {
        this.#pending.delete(fail);
        reject(classifyServerError(reason, this.#stage));
      };
      this.#pending.add(fail);
      this.raw.query(sql, (error: unknown, result: unknown) => {
        if (error !== null && error !== undefined) {
          // mysql2's own words for "it is closed" have no code.
          fail(codeOf(error) === null && this.#closed ? lost("the connection was closed") : error);
          return;
        }
        this.#pending.delete(fail);
        resolve(read(result));
      });
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    const timer = this.#clock.timer(CLOSE_TIMEOUT_MS, () => this.destroy());
    this.raw.end(() => {});
    await this.ended;
    timer.cancel();
  }

  destroy(reason: unknown = lost("the connection was closed by us")): void {
    this.end(reason);
  }

  /** Ends everything once; the first reason stays. */
  end(reason: unknown): void {
    if (this.#closed) return;
    this.#closed = true;
    this.raw.destroy();
    this.#socket.destroy();
    for (const fail of this.#pending) fail(reason);
    this.#markEnded(reason);
  }
}

function lost(message: string): Error {
  return Object.assign(new Error(message), { code: "CONNECTION_CLOSED" });
}

/** R is the caller's statement of what the columns hold: there is nothing in a text result to check it against. */
function isRows<R>(result: unknown): result is R[] {
  return Array.isArray(result);
}

function isOkPacket(value: unknown): value is { affectedRows: number } {
  return typeof value === "object" && value !== null && value.constructor.name === "ResultSetHeader";
}

function affected(result: unknown): number {
  const last: unknown = Array.isArray(result) ? result.at(-1) : result;
  return isOkPacket(last) ? last.affectedRows : 0;
}

/** Flavour, version and identity, in one round trip. */
export async function readServerInfo(connection: Connection): Promise<ServerInfo> {
  return serverInfoFrom(
    await connection.query("SHOW GLOBAL VARIABLES WHERE Variable_name IN ('version', 'server_id', 'server_uuid')"),
  );
}
