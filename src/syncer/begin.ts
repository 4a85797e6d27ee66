/**
 * Which upstream a session reads, and where it begins there: the first of the hosts that can be read, and the checkpoint (or
 * the task file's start). A session reads one server; when that changes, places in the log begin anew, known by GTID only.
 */
import type { Position } from "../binlog/position.ts";
import type { StoredState } from "../checkpoint/store.ts";
import { asTidemarkError, TidemarkError } from "../errors.ts";
import { readServerInfo, type Connection } from "../mysql/connection.ts";
import type { ServerInfo } from "../mysql/flavour.ts";
import { Hosts, hostText, type Move } from "../upstream/hosts.ts";
import { demandUsableLog } from "../upstream/preflight.ts";
import { sameServer, sourceReplaced } from "../upstream/session.ts";
import { checkPosition, resolveStart } from "../upstream/start.ts";
import { checkAllHaveGtids, completeGtids } from "../upstream/transactions-without-gtid.ts";
import { checkSuccessor } from "../upstream/successor.ts";
import type { SyncerOptions } from "./options.ts";

/** An upstream that can be read from `position` on. */
export interface Beginning {
  /** For questions; the caller closes it. */
  readonly control: Connection;
  readonly upstream: ServerInfo;
  readonly position: Position;
  readonly gtidsComplete: boolean;
  /** The checkpoint is another server's: only its GTID set counts here. */
  readonly switched: boolean;
}

/** Throws what the host said that was read last (or else the first), or what may pass with time. */
export async function openUpstream(options: SyncerOptions, stored: StoredState): Promise<Beginning> {
  const { upstream, clock, log } = options;
  const hosts = options.hosts ?? new Hosts({ list: [upstream], failoverAfterMs: 0, clock });
  for (;;) {
    const host = hostText(hosts.present);
    try {
      const begun = await openPresent(options, hosts, stored);
      hosts.up();
      return begun;
    } catch (thrown) {
      const error = asTidemarkError(thrown, "upstream");
      if (error.stage !== "upstream" || options.kill.aborted) throw error;
      const move = moveOn(options, hosts, stored, error);
      if (move !== "next") throw move === "round" ? passing(error) : error;
      log.warn({ host, next: hostText(hosts.present), err: error }, "another host of the upstream is tried");
    }
  }
}

function moveOn(options: SyncerOptions, hosts: Hosts, stored: StoredState, error: TidemarkError): Move {
  // A file and offset of the task file mean the first host.
  const movable = stored.checkpoint !== null || options.start.kind !== "position";
  if (error.kind !== "fatal") return movable ? hosts.failed() : "same";
  const move = movable ? hosts.refused(error) : null;
  if (move === null) throw hosts.verdict(error);
  return move;
}

/** The last of several hosts has refused, but not all have: there is something to wait for. */
function passing(error: TidemarkError): TidemarkError {
  if (error.kind !== "fatal") return error;
  const { name, message, stage, hint, facts, cause } = error;
  return new TidemarkError(name, message, { stage, kind: "resumable", hint, facts, cause });
}

async function openPresent(options: SyncerOptions, hosts: Hosts, stored: StoredState): Promise<Beginning> {
  const { doors, kill, clock } = options;
  const address = { ...options.upstream, ...hosts.present };
  const control = await doors.connect(address, kill, { stage: "upstream", clock });
  try {
    const upstream = await readServerInfo(control);
    return { control, upstream, ...(await beginning(options, hosts, stored, control, upstream)) };
  } catch (error) {
    control.destroy();
    throw error;
  }
}

/** The checkpoint, or where the task file says to start without one. */
async function beginning(
  options: SyncerOptions,
  hosts: Hosts,
  { checkpoint }: StoredState,
  control: Connection,
  upstream: ServerInfo,
): Promise<Pick<Beginning, "position" | "gtidsComplete" | "switched">> {
  if (checkpoint === null) {
    await demandUsableLog(control, upstream);
    const { position, gtidsComplete } = await resolveStart(control, options.start);
    return { position, gtidsComplete, switched: false };
  }
  const { position } = checkpoint;
  const { gtids } = position;
  const owner = { ...upstream, ...checkpoint.upstream };
  if (sameServer(owner, upstream)) {
    await checkPosition(control, position);
    if (gtids !== "") {
      await checkAllHaveGtids(control, upstream, position);
      return { position, gtidsComplete: true, switched: false };
    }
    const completed = await completeGtids(control, upstream, position);
    return { position: completed ?? position, gtidsComplete: completed !== null, switched: false };
  }
  if (gtids === "" || owner.flavour !== upstream.flavour) throw sourceReplaced(hosts.present, owner, upstream);
  // At a single address it is the same place, whatever stood there before.
  await checkSuccessor({ connection: control, server: upstream, gtids, samePlace: !hosts.several || hosts.isHome });
  options.log.warn({ before: checkpoint.upstream, now: upstream, gtids }, "the upstream is another server now");
  return { position: { file: "", offset: 4, gtids }, gtidsComplete: true, switched: true };
}
