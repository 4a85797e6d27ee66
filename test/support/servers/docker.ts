/** Servers as containers of the official images. testcontainers finds the engine, pulls images and reaps what a killed runner left. */

import { existsSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { ContainerRuntimeClient } from "testcontainers";
import type { Flavour } from "../../../src/mysql/flavour.ts";
import { CREATE_TEST_USER } from "./data-template.ts";
import { run, signalPid } from "./processes.ts";
import { optionArguments, serverDefaults } from "./server-options.ts";
import type { ServerFacts, ServerOptions, StartOptions, Tool } from "./server.ts";
import { tarOf } from "./tar.ts";

/** An engine that answers and has the image. */
export interface DockerSource {
  readonly origin: "docker";
  readonly flavour: Flavour;
  /** `9.7` */
  readonly version: string;
  readonly image: string;
  readonly engine: ContainerRuntimeClient;
  /** Of testcontainers' reaper: what carries it is removed soon after this process is gone. */
  readonly session: string;
}

/** Docker's own description of a container to make, as testcontainers' client takes it. */
type ContainerCreateOptions = Parameters<ContainerRuntimeClient["container"]["create"]>[0];

/** The port inside of a container. */
const PORT = 3306;
/** Label of our containers: machine and process that started them. */
const OWNER_LABEL = "tidemark.owner";
const OPTIONS_FILE = "tidemark/options";

/** Finds the engine and gets the image, or says why not. Pulling takes as long as it takes; `tell` hears of it. */
export async function findDocker(
  flavour: Flavour,
  version: string,
  tell: (line: string) => void,
): Promise<DockerSource | string> {
  if (!mayHaveEngine()) return "no Docker engine: DOCKER_HOST isn't set and there is no docker.sock";
  // Loaded only here: it is large, and most machines that get this far have an engine.
  const { getContainerRuntimeClient, getReaper, ImageName } = await import("testcontainers");
  const image = ImageName.fromString(`${flavour}:${version}`);
  try {
    const engine = await getContainerRuntimeClient();
    if (!(await engine.image.exists(image))) {
      tell(`pulling ${image.string} (once)`);
      await engine.image.pull(image);
    }
    const { sessionId } = await getReaper(engine);
    await removeStale(engine);
    return { origin: "docker", flavour, version, image: image.string, engine, session: sessionId };
  } catch (error) {
    return `Docker can't serve ${image.string}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Where the reaper is switched off, nobody else removes containers of a runner of this machine that was killed. */
async function removeStale(engine: ContainerRuntimeClient): Promise<void> {
  const here = hostname();
  for (const { Id: id, Labels: labels } of await engine.container.list()) {
    const [machine, pid] = (labels[OWNER_LABEL] ?? "").split(" ");
    if (machine !== here || signalPid(Number(pid), 0)) continue;
    const stale = engine.container.getById(id);
    await stale.remove({ force: true, v: true }).catch(() => {});
  }
}

function mayHaveEngine(): boolean {
  const sockets = [
    "/var/run/docker.sock",
    join(homedir(), ".docker/run/docker.sock"),
    join(process.env["XDG_RUNTIME_DIR"] ?? "/nowhere", "docker.sock"),
    join(homedir(), ".testcontainers.properties"),
  ];
  return (process.env["DOCKER_HOST"] ?? "") !== "" || sockets.some((path) => existsSync(path));
}

/** One container and what can be done to it. */
export interface ServerContainer {
  readonly id: string;
  readonly host: string;
  start(options: ServerOptions): Promise<void>;
  /** Ends the server; `KILL` at once, `TERM` politely. */
  end(signal: "TERM" | "KILL"): Promise<void>;
  state(): Promise<{ readonly running: boolean; readonly pid: number }>;
  pause(): Promise<void>;
  unpause(): Promise<void>;
  log(): Promise<string>;
  tools(): Promise<ServerFacts["tools"]>;
  remove(): Promise<void>;
}

/** Makes a container with `port` of this machine's loopback leading to its server; nothing runs yet. */
export async function createContainer(
  source: DockerSource,
  wanted: StartOptions,
  version: string,
  port: number,
): Promise<ServerContainer> {
  const { engine, flavour } = source;
  const host = engine.info.containerRuntime.host;
  const local = ["localhost", "127.0.0.1", "::1"].includes(host);
  const container = await engine.container.create(containerOptions(source, local ? "127.0.0.1" : "", port));
  const put = (files: Readonly<Record<string, string>>): Promise<void> =>
    engine.container.putArchive(container, Readable.from([tarOf(files)]), "/");
  const { files, options: tlsOptions } = tlsFiles(wanted);
  // sql_log_bin: the log begins with what the test does.
  const initialise = `SET SESSION sql_log_bin = 0;\n${CREATE_TEST_USER}`;
  await put({ ...files, "docker-entrypoint-initdb.d/tidemark.sql": initialise });
  const defaults = serverDefaults(flavour, version, wanted.durable ?? false);
  const fixed: ServerOptions = { ...defaults, ...tlsOptions, "server-id": port, "secure-file-priv": "" };
  return {
    id: container.id,
    host: local ? "127.0.0.1" : host,
    async start(options) {
      await put({ [OPTIONS_FILE]: optionArguments({ ...fixed, ...options }).join("\n") });
      await container.start();
    },
    async end(signal) {
      const { State: state } = await container.inspect();
      if (state.Paused) await container.unpause();
      if (!state.Running) return;
      if (signal === "TERM") await container.stop({ t: 60 });
      else await container.kill({ signal: "KILL" });
      await container.wait();
    },
    async state() {
      const { State: state } = await container.inspect();
      return { running: state.Running, pid: state.Pid };
    },
    async pause() {
      await container.pause();
    },
    async unpause() {
      await container.unpause();
    },
    async log() {
      const text = await container.logs({ stdout: true, stderr: true, tail: 60 });
      return text.toString("utf8");
    },
    tools: () => findTools(container.id),
    async remove() {
      await container.remove({ force: true, v: true });
    },
  };
}

function containerOptions(source: DockerSource, hostIp: string, port: number): ContainerCreateOptions {
  const [program, emptyPassword] =
    source.flavour === "mysql"
      ? ["mysqld", "MYSQL_ALLOW_EMPTY_PASSWORD=1"]
      : ["mariadbd", "MARIADB_ALLOW_EMPTY_ROOT_PASSWORD=1"];
  return {
    Image: source.image,
    // Options are read from a file at each start, so that a restart may change them; the data is in the image's own volume.
    Cmd: ["sh", "-c", `exec docker-entrypoint.sh ${program} $(cat /${OPTIONS_FILE})`],
    Env: [emptyPassword, "MARIADB_ROOT_HOST=localhost"],
    // With a terminal the engine keeps the log as plain text; without one it is cut into framed pieces.
    Tty: true,
    ExposedPorts: { [`${PORT}/tcp`]: {} },
    Labels: {
      "org.testcontainers": "true",
      "org.testcontainers.session-id": source.session,
      [OWNER_LABEL]: `${hostname()} ${process.pid}`,
    },
    HostConfig: { PortBindings: { [`${PORT}/tcp`]: [{ HostIp: hostIp, HostPort: String(port) }] } },
  };
}

function tlsFiles({ tls }: StartOptions): { files: Readonly<Record<string, string>>; options: ServerOptions } {
  if (tls === undefined) return { files: {}, options: {} };
  return {
    files: { "tidemark/ca.pem": tls.ca, "tidemark/cert.pem": tls.cert, "tidemark/key.pem": tls.key },
    options: { "ssl-ca": "/tidemark/ca.pem", "ssl-cert": "/tidemark/cert.pem", "ssl-key": "/tidemark/key.pem" },
  };
}

/** Programs inside the container, where this machine has a docker client to call them with. */
async function findTools(id: string): Promise<ServerFacts["tools"]> {
  const tools: Partial<Record<Tool, readonly string[]>> = {};
  for (const [tool, names] of [
    ["mysql", ["mysql", "mariadb"]],
    ["mysqlbinlog", ["mysqlbinlog", "mariadb-binlog"]],
  ] as const) {
    const found = await run(["docker", "exec", id, "sh", "-c", `command -v ${names.join(" || command -v ")}`]);
    if (found.status === 0) tools[tool] = ["docker", "exec", "-i", id, found.stdout.trim()];
  }
  return tools;
}
