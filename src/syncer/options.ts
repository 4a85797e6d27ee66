/** What a session is asked to do, in the words of the floors below: the daemon makes it from the task. */
import type { MissingRowPolicy } from "../applier/apply-context.ts";
import type { Position } from "../binlog/position.ts";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { ServerAddress } from "../mysql/connection.ts";
import type { ServerInfo } from "../mysql/flavour.ts";
import type { Backoff } from "../retry.ts";
import type { Hosts } from "../upstream/hosts.ts";
import type { UpstreamOptions } from "../upstream/session.ts";
import type { StartPoint } from "../upstream/start.ts";
import type { Counters } from "./counters.ts";
import type { Doors } from "./doors.ts";
import type { Phase } from "./facts.ts";

/** Where a run ends: the upstream's end as it is at the run's start, a GTID set, or a place in its log. */
export type UntilPoint =
  | { readonly kind: "now"; readonly known?: KnownEnd }
  | { readonly kind: "gtids"; readonly text: string }
  | { readonly kind: "position"; readonly file: string; readonly offset: number };

/** The goal `now`, once it was read: it stays what it was, for the sessions after the first too (V11). */
export interface KnownEnd {
  readonly end: Position;
  readonly server: ServerInfo;
}

export interface SyncerOptions {
  readonly doors: Doors;
  readonly task: string;
  /** Who we are, for whoever finds the task taken. No other process is called so: who is, is an earlier session of ours. */
  readonly holder: string;
  readonly upstream: UpstreamOptions;
  /** Where the upstream's log can be read, and which of these is read; default only where `upstream` says. */
  readonly hosts?: Hosts;
  readonly start: StartPoint;
  readonly downstream: ServerAddress & { readonly metaSchema: string; readonly netTimeoutMs: number };
  readonly tables: { readonly include: readonly string[]; readonly exclude: readonly string[] };
  readonly routes: readonly { readonly from: string; readonly to: string }[];
  readonly workers: number;
  readonly batchRows: number;
  readonly batchBytes: number;
  /** A transaction larger than this is applied while it is read. */
  readonly streamBytes: number;
  /** Such a transaction is cut into downstream transactions of this size; null: it stays one. */
  readonly splitBytes: number | null;
  readonly consistency: "transaction" | "ordered";
  readonly missingRow: MissingRowPolicy;
  readonly foreignKeyChecks: "auto" | "on" | "off";
  readonly checkpointIntervalMs: number;
  readonly backoff: Backoff;
  readonly budgetMs: number | null;
  readonly until: UntilPoint | null;
  readonly clock: Clock;
  readonly log: Log;
  /** The input ends at a transaction boundary, the rest drains, the last checkpoint is saved. */
  readonly stop: AbortSignal;
  /** Connections are destroyed; nothing more is saved. */
  readonly kill: AbortSignal;
  readonly counters: Counters;
  readonly onPhase: (phase: Phase) => void;
  /** A checkpoint was saved: durable progress. */
  readonly onSaved: () => void;
}
