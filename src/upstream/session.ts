import { encodeMysqlGtidSet } from "../binlog/gtid-set-mysql.ts";
import type { Clock } from "../clock.ts";
import { fatal, type TidemarkError } from "../errors.ts";
import { connect, type Connection, type ServerAddress } from "../mysql/connection.ts";
import { serverName, versionNumber, type ServerInfo } from "../mysql/flavour.ts";
import type { Step } from "./decision.ts";
import { startDump, type Dump } from "./dump-command.ts";
import { hostText, type HostAddress } from "./hosts.ts";
import { housekeep, type Housekeeping } from "./housekeeping.ts";
import {
  DUMP_HEARTBEAT_V2,
  DUMP_OFFSET_MAX,
  dumpFromFilePayload,
  dumpFromGtidsPayload,
  registerPayload,
} from "./packets.ts";
import type { Received } from "./received.ts";
import { replicaUuid } from "./replica-uuid.ts";
import { checkSuccessor } from "./successor.ts";
import { checkAllHaveGtids } from "./transactions-without-gtid.ts";
import { watch, type Watchdog } from "./watchdog.ts";

/** How the upstream is read. Of a task's `upstream`. */
export interface UpstreamOptions extends ServerAddress {
  /** A read that brings nothing for this long means that the connection is dead, ms. */
  readonly netTimeoutMs: number;
  /** Never more than `netTimeoutMs`; default half of it. */
  readonly heartbeatMs?: number;
  /** The server id that we register with, 1 … 2^32-1; no other replica or task of that upstream may use it. */
  readonly serverId: number;
  /** Acknowledge what is durable to a source that replicates semi-synchronously. Default false. */
  readonly semiSync?: boolean;
}

/** Bytes that may wait in memory unless `bytesMax` says otherwise. */
export const BYTES_MAX = 8 * 1024 * 1024;

export interface SessionOptions {
  readonly upstream: UpstreamOptions;
  /** With the server id it makes the UUID that we register with. */
  readonly task: string;
  readonly received: Received;
  /** False: the log must be read by file and offset, because the GTID set is not known. */
  readonly gtidsComplete: boolean;
  /** How the log was read before, by the same reader; null: it was not. */
  readonly lastMode: "gtid" | "file" | null;
  /** The server that the coordinates of `received` belong to; null: not known. */
  readonly owner: ServerInfo | null;
  /** The address is the one at which `owner` was. */
  readonly samePlace: boolean;
  readonly bytesMax: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onStep: (step: Step) => void;
  /** The connection, as soon as there is one: whoever wants to end the attempt destroys it. */
  readonly onConnection: (connection: Connection) => void;
}

/** One connection to the upstream with a running dump. */
export interface Session {
  readonly connection: Connection;
  readonly dump: Dump;
  readonly watchdog: Watchdog;
  readonly housekeeping: Housekeeping;
  /** How the dump was asked for. */
  readonly mode: "gtid" | "file";
}

/** Another server than the one before answered, and may take its place. Nothing was asked of its log. */
export interface Switched {
  readonly successor: ServerInfo;
}

/**
 * Connects, does the housekeeping and asks for the log behind `received`. Throws classified errors; the step is the last
 * one told to `onStep`. What was opened is closed again on any error.
 */
export async function openSession(options: SessionOptions): Promise<Session | Switched> {
  const { upstream, clock, received } = options;
  options.onStep("connect");
  const connection = await connect(upstream, options.signal, { stage: "upstream", clock });
  options.onConnection(connection);
  let dump: Dump | null = null;
  const watchdog = watch(connection, upstream.netTimeoutMs, clock, () => dump?.paused === true);
  void connection.ended.then(() => watchdog.stop());
  try {
    options.onStep("session");
    const gtids = options.gtidsComplete && received.position.gtids !== "" ? received.position.gtids : null;
    const housekeeping = await housekeep(connection, {
      flavour: received.flavour,
      heartbeatMs: upstream.heartbeatMs ?? upstream.netTimeoutMs / 2,
      netTimeoutMs: upstream.netTimeoutMs,
      replicaUuid: replicaUuid(options.task, upstream.serverId),
      serverId: upstream.serverId,
      gtids,
      semiSync: upstream.semiSync === true,
      clock,
    });
    options.onStep("check");
    const mode = gtids !== null && housekeeping.gtidsOn ? "gtid" : "file";
    const { owner } = options;
    const { server } = housekeeping;
    checkSource(options, housekeeping, mode);
    if (owner !== null && !sameServer(owner, server)) {
      await checkSuccessor({ connection, server, gtids: received.position.gtids, samePlace: options.samePlace });
      connection.destroy();
      return { successor: server };
    }
    checkHeld(housekeeping);
    if (mode === "gtid" && options.lastMode === "file") await checkAllHaveGtids(connection, server, received.position);
    options.onStep("dump");
    dump = startDump(connection, {
      register: registerPayload(upstream.serverId),
      dump: dumpPayload(options, server, mode),
      bytesMax: options.bytesMax,
      onChunk: () => watchdog.touch(),
    });
    return { connection, dump, watchdog, housekeeping, mode };
  } catch (error) {
    connection.destroy();
    throw error;
  }
}

/** Is it one that may be read here? Throws `source_replaced`, `gtid_mode_mismatch`. */
function checkSource(options: SessionOptions, found: Housekeeping, mode: "gtid" | "file"): void {
  const { owner, received } = options;
  if (
    found.server.flavour !== received.flavour ||
    (mode === "file" && owner !== null && !sameServer(owner, found.server))
  ) {
    throw sourceReplaced(options.upstream, owner, found.server);
  }
  if (mode === "gtid" || received.file !== "") return;
  throw fatal(
    "gtid_mode_mismatch",
    "The position is only known as a GTID set, and the upstream's gtid_mode is not ON.",
    {
      stage: "upstream",
      hint: "Set gtid_mode=ON on the upstream, or start from a file and offset.",
    },
  );
}

/** Another server answers than before (null: not known, but of another flavour), and it can't be read from where we are. */
export function sourceReplaced(at: HostAddress, before: ServerInfo | null, now: ServerInfo): TidemarkError {
  return fatal(
    "source_replaced",
    `Another server answers at ${hostText(at)} than before: ${identity(now)} instead of ${before === null ? "one of another flavour" : identity(before)}.`,
    {
      stage: "upstream",
      hint: "File positions mean nothing on another server: point the task to the one it came from, or start anew with a position of this one.",
    },
  );
}

/** Does it have what we have, and still have what we lack? Throws `diverged`, `binlog_purged`. Of a MariaDB the dump tells. */
function checkHeld(found: Housekeeping): void {
  if (found.lacking !== "") {
    throw fatal("diverged", `Our checkpoint holds transactions that the upstream does not have: ${found.lacking}.`, {
      stage: "upstream",
      hint: "The upstream lost them, or this is another server: compare both sides and decide which is right.",
      facts: { lacking: found.lacking },
    });
  }
  if (found.purged !== "") {
    throw fatal("binlog_purged", `The upstream has purged transactions that we still need: ${found.purged}.`, {
      stage: "upstream",
      hint: "Follow a server that holds them, or copy the data again and start from a new position.",
      facts: { purged: found.purged },
    });
  }
}

function dumpPayload(options: SessionOptions, server: ServerInfo, mode: "gtid" | "file"): Buffer {
  const { received, upstream } = options;
  const mysql = server.flavour === "mysql";
  const flags = mysql && versionNumber(server.version) >= versionNumber("8.0.26") ? DUMP_HEARTBEAT_V2 : 0;
  if (mode === "gtid" && mysql)
    return dumpFromGtidsPayload(encodeMysqlGtidSet(received.gtids), flags, upstream.serverId);
  // MariaDB by GTID: the set went by `@slave_connect_state`, and the server doesn't look at file and offset.
  if (mode === "gtid") return dumpFromFilePayload("", 4, flags, upstream.serverId);
  if (received.offset > DUMP_OFFSET_MAX) {
    throw fatal(
      "position_too_far",
      `The protocol can't ask for an offset beyond 4 GiB: ${received.file}:${received.offset}.`,
      {
        stage: "upstream",
        hint: "A transaction made this binlog file larger than 4 GiB. Read by GTID, or start at the next file.",
      },
    );
  }
  return dumpFromFilePayload(received.file, Math.max(4, received.offset), flags, upstream.serverId);
}

/** MySQL by UUID; MariaDB has none that is its own, so by server id. */
export function sameServer(a: ServerInfo, b: ServerInfo): boolean {
  if (a.flavour !== b.flavour) return false;
  return a.uuid !== null && b.uuid !== null ? a.uuid === b.uuid : a.serverId === b.serverId;
}

function identity(server: ServerInfo): string {
  return `${serverName(server)}, ${server.uuid ?? `server_id ${server.serverId}`}`;
}
