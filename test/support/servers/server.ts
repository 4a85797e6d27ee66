/** What a test, the demo, the chaos run and the benchmark know of a server that was started for them. */

import type { ServerAddress } from "../../../src/mysql/connection.ts";
import type { Flavour } from "../../../src/mysql/flavour.ts";

/** Where a server's binaries come from; also the values of `TIDEMARK_SERVERS`. */
export type Origin = "docker" | "binaries" | "debian";

/** Programs beside the server that tests and benchmarks use. */
export type Tool = "mysql" | "mysqlbinlog" | "sysbench";

/** Extra options of a server: `{ "binlog-format": "STATEMENT" }` is `--binlog-format=STATEMENT`; `true` is `--name`. */
export type ServerOptions = Readonly<Record<string, string | number | true>>;

/** The plain, serialisable half of a server: what one process tells another about it. */
export interface ServerFacts {
  readonly flavour: Flavour;
  /** `9.7.4`, `10.11.18` */
  readonly version: string;
  readonly origin: Origin;
  /** Always 127.0.0.1 unless Docker's engine is on another machine. */
  readonly host: string;
  readonly port: number;
  /** A user with all privileges, from any host. */
  readonly user: string;
  readonly password: string;
  readonly serverId: number;
  /** Process id of the server (as the host sees it); changes with a restart. */
  readonly pid: number;
  /** The data folder on this machine; null where it is inside a container. */
  readonly dataDir: string | null;
  /** How to call a program: its path and first arguments. A program that isn't there is left out. */
  readonly tools: Readonly<Partial<Record<Tool, readonly string[]>>>;
}

/** A row as the server prints it: integers beyond 2^53, decimals and times are strings, binary columns are Buffers. */
export type Row = Record<string, unknown>;

/** A server that answers; it may belong to somebody else, so it can't be stopped from here. */
export interface RunningServer extends ServerFacts {
  /** For code under test: the same user, no TLS. */
  readonly address: ServerAddress;
  /** Runs one statement on the server's own connection for questions, and gives its rows (none for an OK). */
  query<R extends Row = Row>(sql: string): Promise<R[]>;
  /**
   * Runs a script of many statements, separated by `;` as the server itself separates them (so that bodies of triggers
   * need no DELIMITER), on a connection of its own. Stops at the first error and throws it.
   */
  exec(script: string, database?: string): Promise<void>;
  /** The command line of a program with arguments that connect it to this server; throws when it isn't there. */
  command(tool: Tool, ...args: readonly string[]): readonly string[];
  /** `MySQL 9.7.4 (Debian packages)` */
  describe(): string;
  /** Closes the connection that `query` uses, if there is one. */
  disconnect(): Promise<void>;
}

/** A server that the caller started and must stop. */
export interface Server extends RunningServer {
  /** Ends it and removes everything of it. Twice is once. */
  stop(): Promise<void>;
  /** SIGKILL; the data stays, `restart()` brings it back. Resolves when the process is gone. */
  kill(): Promise<void>;
  /** Polite shutdown, as an operator would; the data stays, `restart()` brings it back. Resolves when the process is gone. */
  shutdown(): Promise<void>;
  /** Politely stops it if it runs, and starts it on the same port and data, with `options` on top of the earlier ones. */
  restart(change?: { readonly options?: ServerOptions }): Promise<void>;
  /** SIGSTOP: connections stay open, nothing answers. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** The last 4 KB of the server's error log. */
  errorLog(): Promise<string>;
}

/** What to start. */
export interface StartOptions {
  readonly flavour: Flavour;
  /** `11.8`: that one and no other. Default: the version that tests want of the flavour, or another that is there and recent enough. */
  readonly version?: string;
  readonly options?: ServerOptions;
  /** true: every commit is on disk (1/1), as in production. false (default): not flushed per commit, for fast tests. */
  readonly durable?: boolean;
  /** A port of 127.0.0.1; default: a free one. */
  readonly port?: number;
  /** PEM texts that the server shows to TLS clients. MySQL makes its own when there are none; MariaDB 10.11 then has no TLS. */
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string };
}
