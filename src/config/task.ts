import type { ServerAddress } from "../mysql/connection.ts";
import type { HostAddress } from "../upstream/hosts.ts";
import type { StartPoint } from "../upstream/start.ts";

/**
 * One task, as its file and the environment describe it: every default filled in, every secret read,
 * frozen to the bottom. Durations are milliseconds and sizes bytes. Nothing here changes while a
 * session runs; a reload makes another one.
 */
export interface Task {
  /** `[a-z0-9][a-z0-9_-]{0,63}`; names the task's rows in the meta schema. */
  readonly name: string;
  readonly upstream: Upstream;
  readonly downstream: Downstream;
  readonly tables: TableFilter;
  readonly routes: readonly Route[];
  readonly apply: ApplyOptions;
  readonly checkpoint: { readonly intervalMs: number };
  readonly retry: RetryOptions;
  readonly status: { readonly listen: ListenAddress | null };
}

/** The server that is read. Host and port are the first of `hosts`. */
export interface Upstream extends ServerAddress {
  /** Where the same log can be read, in order of preference; at least one. */
  readonly hosts: readonly HostAddress[];
  /** How long the one that is read may be out of reach until the next one is tried. */
  readonly failoverAfterMs: number;
  /** Where to begin when there is no checkpoint. */
  readonly start: StartPoint;
  /** A read that brings nothing for this long means that the connection is dead. */
  readonly netTimeoutMs: number;
  /** Never more than `netTimeoutMs`; half of it unless the task file says otherwise. */
  readonly heartbeatMs: number;
  /** The server id that we register with, 1 … 2^32-1. */
  readonly serverId: number;
  /** Acknowledge what is durable to a source that replicates semi-synchronously. */
  readonly semiSync: boolean;
}

/** The server that is written. */
export interface Downstream extends ServerAddress {
  /** The schema of our own tables; created when it isn't there. */
  readonly metaSchema: string;
  /** A packet of statements without an answer for this long means that the connection is dead. DDL may take any time. */
  readonly netTimeoutMs: number;
}

/**
 * Patterns as the task file has them (routing/pattern.ts compiles them). Neither system schemas nor the meta schema
 * are ever included, whatever the patterns say: routing/filter.ts sees to it.
 */
export interface TableFilter {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

/** Tables that match `from` (a pattern) are written to `to` (`db.table`). The first route that matches counts. */
export interface Route {
  readonly from: string;
  readonly to: string;
}

export interface ApplyOptions {
  readonly workers: number;
  readonly batchRows: number;
  readonly batchBytes: number;
  /** A transaction larger than this is applied while it is read. */
  readonly streamBytes: number;
  /** Such a transaction is cut into downstream transactions of this size; null: never. */
  readonly splitBytes: number | null;
  readonly consistency: "transaction" | "ordered";
  readonly missingRow: "stop" | "repair" | "log";
  readonly foreignKeyChecks: "auto" | "on" | "off";
  /** How long a stop may take until it is forced. */
  readonly stopGraceMs: number;
}

/** The delays between sessions, and how long there may be no durable progress until the task is `failed`. */
export interface RetryOptions {
  readonly baseMs: number;
  readonly capMs: number;
  /** null: never give up. */
  readonly budgetMs: number | null;
}

/** Where the status HTTP server listens; the host as written, IPv6 without its brackets. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}
