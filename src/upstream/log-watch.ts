/**
 * A light look at the upstream's log from beside the stream: where it ends, which files there are, how long they are
 * kept, and what the upstream's clock says. It is what lag and head-room are measured against; nothing that is
 * applied depends on it, so its failures are never more than "not known at the moment".
 */
import type { Position } from "../binlog/position.ts";
import type { Clock } from "../clock.ts";
import { asTidemarkError } from "../errors.ts";
import type { Log } from "../log.ts";
import { readServerInfo, type connect, type Connection, type ServerAddress } from "../mysql/connection.ts";
import type { ServerInfo } from "../mysql/flavour.ts";
import { readVariables } from "../mysql/preflight.ts";
import { RETENTION_VARIABLES, retentionSeconds } from "./retention.ts";
import { readEndAndTime, readLogFiles, type LogFile } from "./start.ts";

/** What one look has found. */
export interface LogFacts {
  readonly server: ServerInfo;
  /** `clock.monotonic()` before the question was asked: whatever was committed by then is before `end`. */
  readonly askedMs: number;
  readonly end: Position;
  /** The upstream's clock, ms since 1970, minus our `clock.monotonic()`; right to half of the round trip. */
  readonly upstreamClockMs: number;
  /** Oldest first. All but the last have their final size. */
  readonly files: readonly LogFile[];
  /** null: kept until somebody purges them. */
  readonly retentionSeconds: number | null;
}

export interface LogWatchOptions {
  /** Where to look; asked before each connection. */
  readonly upstream: () => ServerAddress;
  /** How long until the next look, ms; null: not now, and the connection is not kept. */
  readonly everyMs: () => number | null;
  /** How often `everyMs` is asked, ms. */
  readonly idleMs: number;
  /** An answer takes no longer than this, ms. */
  readonly timeoutMs: number;
  readonly connect: typeof connect;
  readonly clock: Clock;
  readonly log: Log;
  readonly onFacts: (facts: LogFacts) => void;
}

/** The list of files and the retention are asked for this often, and whenever the log has gone on to a new file. */
const FILES_EVERY_MS = 60_000;
/** After a refusal (not a lost connection): a wrong password asked for every few seconds might lock the account. */
const REFUSED_PAUSE_MS = 600_000;

/** Runs until `ended` is aborted. Never rejects. */
export async function watchLog(options: LogWatchOptions, ended: AbortSignal): Promise<void> {
  const { clock, log } = options;
  let looking: Looking | null = null;
  try {
    while (!ended.aborted) {
      const everyMs = options.everyMs();
      if (everyMs === null) {
        looking?.connection.destroy();
        looking = null;
        await clock.sleep(options.idleMs, ended);
        continue;
      }
      let pauseMs = everyMs;
      try {
        looking ??= await open(options, ended);
        options.onFacts(await look(looking, options));
      } catch (thrown) {
        looking?.connection.destroy();
        looking = null;
        const error = asTidemarkError(thrown, "upstream");
        if (error.kind === "fatal") pauseMs = REFUSED_PAUSE_MS;
        if (!ended.aborted) log.debug({ err: error }, "the upstream's end can't be asked for");
      }
      await pause(options, pauseMs, everyMs, ended);
    }
  } finally {
    looking?.connection.destroy();
  }
}

/** What the task does may change meanwhile, and with it how often to look: then the pause is over, unless it is for a refusal. */
async function pause(options: LogWatchOptions, pauseMs: number, everyMs: number, ended: AbortSignal): Promise<void> {
  const { clock, idleMs } = options;
  for (let leftMs = pauseMs; leftMs > 0 && !ended.aborted; leftMs -= idleMs) {
    await clock.sleep(Math.min(idleMs, leftMs), ended);
    if (pauseMs === everyMs && options.everyMs() !== everyMs) return;
  }
}

/** A connection, and what is only asked for now and then. */
interface Looking {
  readonly connection: Connection;
  readonly server: ServerInfo;
  files: readonly LogFile[];
  filesMs: number;
  retentionSeconds: number | null;
}

async function open(options: LogWatchOptions, ended: AbortSignal): Promise<Looking> {
  const connection = await options.connect(options.upstream(), ended, { stage: "upstream", clock: options.clock });
  const destroy = (): void => connection.destroy();
  ended.addEventListener("abort", destroy, { once: true });
  void connection.ended.then(() => ended.removeEventListener("abort", destroy));
  return within(options, connection, async () => ({
    connection,
    server: await readServerInfo(connection),
    files: [],
    filesMs: 0,
    retentionSeconds: null,
  }));
}

function look(looking: Looking, options: LogWatchOptions): Promise<LogFacts> {
  const { connection, server } = looking;
  const { clock } = options;
  return within(options, connection, async () => {
    const askedMs = clock.monotonic();
    const { end, nowMs } = await readEndAndTime(connection, server);
    const answeredMs = clock.monotonic();
    if (looking.files.at(-1)?.file !== end.file || answeredMs - looking.filesMs >= FILES_EVERY_MS) {
      looking.files = await readLogFiles(connection);
      looking.retentionSeconds = retentionSeconds(await readVariables(connection, RETENTION_VARIABLES));
      looking.filesMs = answeredMs;
    }
    const { files } = looking;
    return {
      server,
      askedMs,
      end,
      upstreamClockMs: nowMs - (askedMs + answeredMs) / 2,
      files,
      retentionSeconds: looking.retentionSeconds,
    };
  });
}

/** A connection that doesn't answer in time is cut; then what waits on it rejects. */
async function within<T>(options: LogWatchOptions, connection: Connection, work: () => Promise<T>): Promise<T> {
  const timer = options.clock.timer(options.timeoutMs, () => connection.destroy());
  try {
    return await work();
  } catch (error) {
    connection.destroy();
    throw error;
  } finally {
    timer.cancel();
  }
}
