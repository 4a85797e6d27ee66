/** A server run as a container, with the same functions as one run as a process of this machine. */

import { spawnSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { runningServer } from "./client.ts";
import { TEST_USER } from "./data-template.ts";
import { createContainer, type DockerSource, type ServerContainer } from "./docker.ts";
import { freePort } from "./local-server.ts";
import type { RunningServer, Server, ServerFacts, ServerOptions, StartOptions } from "./server.ts";
import { track, untrack, type Tracked } from "./tracking.ts";

/** The image initialises its data first, on machines that may also be slow. */
const START_TIMEOUT_MS = 240_000;

/** Starts a container with a fresh server; resolves when it answers. @throws with the end of its log when it doesn't start */
export async function startDockerServer(source: DockerSource, wanted: StartOptions): Promise<Server> {
  const port = wanted.port ?? (await freePort());
  const container = await createContainer(source, wanted, source.version, port);
  const entry: Tracked = {
    name: `container ${container.id}`,
    endNow: () => void spawnSync("docker", ["rm", "--force", "--volumes", container.id], { stdio: "ignore" }),
    stop: () => stop(),
  };
  track(entry);
  let options: ServerOptions = wanted.options ?? {};
  let pid = 0;
  let client = runningServer(factsOf(source, container.host, port));
  const start = async (): Promise<void> => {
    await container.start(options);
    await waitUntilItAnswers(client, container);
    ({ pid } = await container.state());
  };
  const end = async (signal: "TERM" | "KILL"): Promise<void> => {
    await client.disconnect();
    await container.end(signal);
  };
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= client.disconnect().then(() => container.remove());
    return stopping.then(() => untrack(entry));
  };
  try {
    await start();
    // Only now it can be asked.
    const [version, tools] = [await readVersion(client), await container.tools()];
    await client.disconnect();
    client = runningServer({ ...factsOf(source, container.host, port), version, tools });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    ...client,
    get pid() {
      return pid;
    },
    stop,
    kill: () => end("KILL"),
    shutdown: () => end("TERM"),
    async restart(change) {
      await end("TERM");
      options = { ...options, ...change?.options };
      await start();
    },
    freeze: () => container.pause(),
    thaw: () => container.unpause(),
    errorLog: () => container.log(),
  };
}

function factsOf({ flavour, version }: DockerSource, host: string, port: number): ServerFacts {
  return {
    flavour,
    version,
    origin: "docker",
    host,
    port,
    ...TEST_USER,
    serverId: port,
    pid: 0,
    dataDir: null,
    tools: {},
  };
}

async function readVersion(client: RunningServer): Promise<string> {
  const [row] = await client.query("SELECT VERSION() AS version");
  return /^\d+\.\d+\.\d+/.exec(String(row?.["version"]))?.[0] ?? client.version;
}

async function waitUntilItAnswers(client: RunningServer, container: ServerContainer): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  let last: unknown;
  while (performance.now() < deadline) {
    try {
      await client.query("SELECT 1");
      return;
    } catch (error) {
      last = error;
    }
    if (!(await container.state()).running)
      throw new Error(`${client.describe()} ended while starting; its log ends:\n${await container.log()}`);
    await sleep(200);
  }
  throw new Error(`${client.describe()} does not answer (${String(last)}); its log ends:\n${await container.log()}`);
}
