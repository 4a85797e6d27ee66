import type { Position } from "../binlog/position.ts";
import type { TableHandle, TableResolver, Transaction } from "../binlog/transaction.ts";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Flavour, ServerInfo } from "../mysql/flavour.ts";
import type { Backoff } from "../retry.ts";
import type { Reconnect, ReconnectCount } from "./attempts.ts";
import type { Place, SemiSyncState } from "./acknowledger.ts";
import type { Step } from "./decision.ts";
import type { Hosts } from "./hosts.ts";
import type { UpstreamOptions } from "./session.ts";

export interface ReaderOptions<H extends TableHandle> {
  readonly upstream: UpstreamOptions;
  /** The task's name. */
  readonly task: string;
  readonly flavour: Flavour;
  /** A checkpoint, or what `resolveStart` gave. */
  readonly start: Position;
  /**
   * `start.gtids` is the whole set that was executed at `start` (possibly ""). False: it isn't known, and the log is read by
   * file and offset. Default: true when `start.gtids` is not "".
   */
  readonly gtidsComplete?: boolean;
  /** The server that is read, where that is known: another one is refused in file mode, and ends the reader when the log is read by GTID. */
  readonly owner?: ServerInfo | null;
  readonly resolve: TableResolver<H>;
  /** Handed to the assembler. */
  readonly dropStatement?: (database: string, sql: string) => boolean;
  readonly survivesRollback?: (handle: H) => boolean;
  /** A transaction larger than this is handed out in parts, while it is read. Default: never. */
  readonly streamBytes?: number;
  /**
   * With semi-sync: resolves when all that was handed out is durable. To ask a source for its log from some place on is to acknowledge
   * everything before it, so that a reader which has read ahead waits for this before it asks anew. Its error ends the reader, as it is.
   */
  readonly settle?: () => Promise<void>;
  /** Bytes that may wait in memory before the socket is not read any more. Default 8 MiB. */
  readonly bytesMax?: number;
  /** Where the log can be read; default only where `upstream` says. */
  readonly hosts?: Hosts;
  readonly backoff: Backoff;
  /** Time without a connection, summed up since the last durable progress, after which the reader gives up; null: never. Default null. */
  readonly budgetMs?: number | null;
  readonly clock: Clock;
  readonly log: Log;
}

/** Live facts; reading one costs nothing. */
export interface ReaderState {
  readonly step: Step;
  /** How the present (or last) dump was asked for; null before the first. */
  readonly mode: "gtid" | "file" | null;
  /** As the upstream told at the last connection; null before the first. */
  readonly server: ServerInfo | null;
  /** The server that is to be read from now on, when the reader ended for its sake. */
  readonly successor: ServerInfo | null;
  /** Wall clock, ms since 1970, of the first event of the present dump; null while there is none. */
  readonly connectedSinceMs: number | null;
  /** Wall clock, ms since 1970, of the end of the last dump (or of the start); null while there is one. */
  readonly disconnectedSinceMs: number | null;
  /** Connections lost or not made, each followed by another attempt. */
  readonly reconnects: number;
  readonly reconnectCounts: readonly ReconnectCount[];
  /** The last hundred, oldest first. */
  readonly recentReconnects: readonly Reconnect[];
  /** Behind the last whole transaction that was handed out. */
  readonly received: Position;
  /** `clock.monotonic()` of the last byte; null before the first. */
  readonly lastContactMs: number | null;
  /** Transactions handed out, those without anything in them included. */
  readonly handedOut: number;
  /** When the last transaction handed out was committed (or began, as its header says), seconds since 1970 by the upstream's clock; null before the first. */
  readonly lastTimestamp: number | null;
  /** The upstream's clock minus ours, ms; null before the first connection. */
  readonly clockOffsetMs: number | null;
  readonly heartbeats: number;
  /** Bytes that were received and wait. */
  readonly queuedBytes: number;
  /** null: the task doesn't ask for it. */
  readonly semiSync: SemiSyncState | null;
}

/** Whole transactions of one upstream, through as many connections as it takes. */
export interface Reader<H extends TableHandle> {
  /**
   * One chunk per wake-up: what one or more socket reads brought. A chunk is lazy: an event is decoded when the transaction that it
   * belongs to is pulled. What was not pulled of a chunk comes first in the next. Ends when `stop` is aborted, the reader is
   * closed, or another server takes the place of the one that was read (`state.successor`): its places in the log are others, and so may
   * its settings be. Always between transactions or parts; throws the first fatal error. To be called once.
   *
   * A large transaction comes in parts (`part`). When the connection is lost between two of them the reader gives up with the
   * resumable error `transaction_interrupted`: whoever has begun to apply it must undo that, and read on from before it.
   *
   * A transaction without changes, GTID and statement tells that the log went on without one (heartbeat, new file).
   */
  chunks(stop: AbortSignal): AsyncGenerator<Iterable<Transaction<H>>>;
  /** To be called when a checkpoint was saved, with its place: the delays begin anew, and what the source waits for is acknowledged. */
  progress(durable: Place): void;
  /** Whether the source waits for a checkpoint at (or behind) this place. Costs nothing. */
  isAwaited(place: Place): boolean;
  /** Tables are resolved anew at their next table map. */
  forgetTables(): void;
  readonly state: ReaderState;
  /** Ends everything, at once. */
  close(): Promise<void>;
}
