/** How the workers of a session are set up: limits by what the downstream allows, and their connections. */
import type { ApplyContext } from "../applier/apply-context.ts";
import { sessionSettings, sessionSetup } from "../applier/session.ts";
import type { Turns } from "../applier/turns.ts";
import type { Store } from "../checkpoint/store.ts";
import { around } from "../faults.ts";
import type { Connection } from "../mysql/connection.ts";
import { versionNumber } from "../mysql/flavour.ts";
import { classifyServerError } from "../mysql/server-error.ts";
import { runStatements } from "../mysql/statements.ts";
import type { SyncerOptions } from "./options.ts";
import type { Prepared } from "./prepare.ts";

/** MySQL warns about VALUES() in an upsert since this version, and knows the alias that replaces it. */
const ROW_ALIAS_SINCE = 80_019;
const STATEMENT_ROWS_MAX = 1_000;
const STATEMENT_CHARACTERS_MAX = 512 * 1024;
const PACKET_BYTES_MAX = 8 * 1024 * 1024;

/** What the workers need to know of this session. */
export function applyContext(
  options: SyncerOptions,
  prepared: Prepared,
  store: Store,
  turns: Turns | null,
): ApplyContext {
  const { server, maxAllowedPacket } = prepared.downstream;
  const { clock, log, counters } = options;
  return {
    claim: store.claim,
    limits: {
      rowsMax: STATEMENT_ROWS_MAX,
      // A character is three bytes at most, and the packet has a little besides the statement.
      charactersMax: Math.min(STATEMENT_CHARACTERS_MAX, Math.floor(maxAllowedPacket / 4)),
      rowAlias: server.flavour === "mysql" && versionNumber(server.version) >= ROW_ALIAS_SINCE,
    },
    settings: sessionSettings(prepared.downstream),
    packetBytesMax: Math.min(PACKET_BYTES_MAX, Math.floor(maxAllowedPacket * 0.9)),
    answerMs: options.downstream.netTimeoutMs,
    missingRow: options.missingRow,
    clock,
    faults: options.doors.faults,
    turns,
    onMissingRow: (table) => {
      counters.missing(table);
      log.warn({ table, policy: options.missingRow }, "a row to change was not there downstream");
    },
    onRetry: (error) => {
      counters.retries += 1;
      log.warn({ err: error }, "a batch is tried again");
    },
  };
}

const LOCK_WAIT_SECONDS = 20;
/** With `ordered` a batch may wait for one that waits for it (see turns.ts): it finds out soon. */
const LOCK_WAIT_ORDERED_SECONDS = 1;

/**
 * A worker's connection, registered with the lease and set up. Throws classified errors. `over`: nobody wants it any more;
 * a server that doesn't answer must not keep it open.
 */
export async function connectWorker(
  options: SyncerOptions,
  prepared: Prepared,
  store: Store,
  over: AbortSignal,
): Promise<Connection> {
  const { faults } = options.doors;
  const connection = await options.doors.connect(options.downstream, AbortSignal.any([options.kill, over]), {
    stage: "apply",
    clock: options.clock,
  });
  const { foreignKeyChecks } = prepared.downstream;
  const lockWaitSeconds = options.consistency === "ordered" ? LOCK_WAIT_ORDERED_SECONDS : LOCK_WAIT_SECONDS;
  const setup = sessionSetup({ foreignKeyChecks, lockWaitSeconds });
  const destroy = (): void => connection.destroy();
  over.addEventListener("abort", destroy, { once: true });
  try {
    await around(faults, "worker.register", () => store.register(connection.threadId));
    const { error } = await around(faults, "worker.setup", () => runStatements(connection, setup));
    if (error !== null) throw error;
    return connection;
  } catch (thrown) {
    connection.destroy();
    throw classifyServerError(thrown, "apply");
  } finally {
    over.removeEventListener("abort", destroy);
  }
}
