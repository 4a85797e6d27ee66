/** A server run as a process of this machine. */

import { mkdir, open, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { runningServer } from "./client.ts";
import { makeDataFolder, TEST_USER, userOptions } from "./data-template.ts";
import type { Installation } from "./installation.ts";
import { startGuarded, untilStopped, type GuardedProcess } from "./processes.ts";
import { optionArguments, serverDefaults } from "./server-options.ts";
import type { RunningServer, Server, ServerFacts, ServerOptions, StartOptions } from "./server.ts";
import { makeServerFolder, removeNow, track, untrack, type Tracked } from "./tracking.ts";

/** The server's own log, in its folder. */
const LOG = "error.log";
const START_TIMEOUT_MS = 120_000;
const SHUTDOWN_TIMEOUT_MS = 60_000;

/** Where a server runs: on this machine's loopback, or in a network namespace of its own. */
export interface Place {
  /** What its command begins with: `ip netns exec NAME`. */
  readonly prefix: readonly string[];
  readonly bind: string;
  /** Its address for us. */
  readonly host: string;
}

const HERE: Place = { prefix: [], bind: "127.0.0.1", host: "127.0.0.1" };

/**
 * Starts a server with a fresh data folder; resolves when it answers.
 * @throws with the end of its error log when it doesn't start
 */
export async function startLocalServer(
  installation: Installation,
  wanted: StartOptions,
  place: Place = HERE,
): Promise<Server> {
  const folder = await makeServerFolder();
  try {
    await makeDataFolder(installation, join(folder, "data"));
    await mkdir(join(folder, "tmp"));
    return await start(installation, wanted, folder, place);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function start(installation: Installation, wanted: StartOptions, folder: string, place: Place): Promise<Server> {
  const port = wanted.port ?? (await freePort());
  let options: ServerOptions = {
    ...serverDefaults(installation.flavour, installation.version, wanted.durable ?? false),
    ...(await tlsOptions(wanted, folder)),
    ...wanted.options,
  };
  const command = (): readonly string[] => [
    ...place.prefix,
    ...installation.server,
    ...userOptions(),
    ...fixedOptions(folder, port, place),
    ...optionArguments(options),
  ];
  let server = await startGuarded(command(), folder, join(folder, LOG));
  const client = runningServer({ ...factsOf(installation, folder, port, server.pid), host: place.host });
  const end = async (signal: "SIGTERM" | "SIGKILL"): Promise<void> => {
    await client.disconnect();
    await endProcess(server, signal);
  };
  const stop = async (): Promise<void> => {
    // What follows is thrown away, so there is nothing to be polite for.
    await end("SIGKILL");
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    untrack(entry);
  };
  const endNow = (): void => {
    server.signal("SIGKILL");
    removeNow(folder);
  };
  const entry: Tracked = { name: `${client.describe()} on port ${port}`, endNow, stop };
  track(entry);
  try {
    await waitUntilItAnswers(client, server, folder);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    ...client,
    // The one fact that a restart changes.
    get pid() {
      return server.pid;
    },
    stop,
    errorLog: () => readEnd(join(folder, LOG)),
    kill: () => end("SIGKILL"),
    shutdown: () => end("SIGTERM"),
    async restart(change) {
      if (server.running) await end("SIGTERM");
      options = { ...options, ...change?.options };
      server = await startGuarded(command(), folder, join(folder, LOG));
      await waitUntilItAnswers(client, server, folder);
    },
    async freeze() {
      if (server.signal("SIGSTOP")) await untilStopped(server.pid);
    },
    async thaw() {
      server.signal("SIGCONT");
    },
  };
}

function factsOf(installation: Installation, folder: string, port: number, pid: number): ServerFacts {
  const { flavour, version, origin, tools } = installation;
  const dataDir = join(folder, "data");
  return { flavour, version, origin, host: "127.0.0.1", port, ...TEST_USER, serverId: port, pid, dataDir, tools };
}

/** Ends a server, frozen or not; one that doesn't end in time is killed. */
async function endProcess(server: GuardedProcess, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  server.signal("SIGCONT");
  server.signal(signal);
  const gone = server.waitForExit();
  if (await isLate(gone, SHUTDOWN_TIMEOUT_MS)) server.signal("SIGKILL");
  await gone;
}

function fixedOptions(folder: string, port: number, place: Place): readonly string[] {
  return [
    `--datadir=${join(folder, "data")}`,
    "--secure-file-priv=",
    `--tmpdir=${join(folder, "tmp")}`,
    `--socket=${join(folder, "socket")}`,
    `--pid-file=${join(folder, "pid")}`,
    `--bind-address=${place.bind}`,
    `--port=${port}`,
    `--server-id=${port}`,
  ];
}

async function tlsOptions(wanted: StartOptions, folder: string): Promise<ServerOptions> {
  if (wanted.tls === undefined) return {};
  const options: Record<string, string> = {};
  for (const name of ["ca", "cert", "key"] as const) {
    const file = join(folder, `${name}.pem`);
    await writeFile(file, wanted.tls[name], { mode: 0o600 });
    options[`ssl-${name}`] = file;
  }
  return options;
}

/**
 * A port of 127.0.0.1 that nobody listens on, outside the range that the system takes outgoing ports from: while a server
 * is down between a kill and a restart, a client that keeps trying could otherwise be given its port, or even connect to itself.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const free = await new Promise<boolean>((resolve) => {
      const probe = createServer();
      probe.once("error", () => resolve(false));
      probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
    });
    if (free) return port;
  }
}

async function waitUntilItAnswers(client: RunningServer, server: GuardedProcess, folder: string): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  let last: unknown;
  while (server.running && performance.now() < deadline) {
    try {
      await client.query("SELECT 1");
      return;
    } catch (error) {
      last = error;
      await sleep(25);
    }
  }
  const why = server.running ? `does not answer (${String(last)})` : "ended while starting";
  throw new Error(`${client.describe()} ${why}; its log ends:\n${await readEnd(join(folder, LOG))}`);
}

async function isLate(promise: Promise<unknown>, ms: number): Promise<boolean> {
  const timeout = new AbortController();
  const late = sleep(ms, true, { signal: timeout.signal }).catch(() => false);
  const result = await Promise.race([promise.then(() => false), late]);
  timeout.abort();
  return result;
}

const LOG_END_BYTES = 4096;

async function readEnd(file: string): Promise<string> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const from = Math.max(0, size - LOG_END_BYTES);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(LOG_END_BYTES), 0, LOG_END_BYTES, from);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await handle.close();
  }
}
