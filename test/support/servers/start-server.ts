/**
 * Finds or makes real servers, for tests, demo, chaos and benchmark alike. In this order, the first that works:
 *
 * 1. `docker`: an engine answers, and has or can get the official image;
 * 2. `binaries`: server binaries on this machine, recent enough;
 * 3. `debian`: a tree of Debian's packages that was unpacked earlier, or is now (root on Debian only).
 *
 * `TIDEMARK_SERVERS` names one of them to have that and nothing else.
 */

import type { Flavour } from "../../../src/mysql/flavour.ts";
import { findDebianTree, makeDebianTree, whyNoDebianTree } from "./debian.ts";
import { startDockerServer } from "./docker-server.ts";
import { findDocker, type DockerSource } from "./docker.ts";
import { findBinaries, WANTED, type Installation } from "./installation.ts";
import { startLocalServer } from "./local-server.ts";
import type { Origin, Server, StartOptions } from "./server.ts";

/** Where servers of a flavour come from on this machine. */
export type Source = Installation | DockerSource;

const sources = new Map<string, Promise<Source>>();

/**
 * Finds, once per process, where servers of this flavour (and version, where one is asked for) come from; may install them.
 * @throws saying what to do when none can be had
 */
export function findSource(flavour: Flavour, version: string | null = null): Promise<Source> {
  const name = `${flavour}-${version ?? "any"}`;
  const known = sources.get(name) ?? findNow(flavour, version);
  sources.set(name, known);
  return known;
}

/** Starts a server and waits until it answers. The caller stops it. @throws when there is none, or it doesn't start */
export async function startServer(options: StartOptions): Promise<Server> {
  const source = await findSource(options.flavour, options.version ?? null);
  return source.origin === "docker" ? startDockerServer(source, options) : startLocalServer(source, options);
}

const ORIGINS = ["docker", "binaries", "debian"] as const satisfies readonly Origin[];

async function findNow(flavour: Flavour, version: string | null): Promise<Source> {
  const forced = process.env["TIDEMARK_SERVERS"] ?? "";
  const origins = forced === "" ? ORIGINS : ORIGINS.filter((origin) => origin === forced);
  if (origins.length === 0) throw new Error(`TIDEMARK_SERVERS=${forced}: must be docker, binaries or debian`);
  const reasons: string[] = [];
  for (const origin of origins) {
    const found = await FINDERS[origin](flavour, version);
    if (typeof found !== "string") return found;
    reasons.push(`  ${origin}: ${found}`);
  }
  throw new Error(
    [
      `No ${flavour} server ${version === null ? "" : `of version ${version} `}can be had on this machine:`,
      ...reasons,
      `Start Docker, or install ${flavour === "mysql" ? "MySQL" : "MariaDB"} ${version ?? WANTED[flavour]} so that its server binary is in PATH, or run as root on Debian.`,
    ].join("\n"),
  );
}

/** Each gives a source, or the reason why there is none. `version`: that one and no other; null: the wanted one, or what serves as well. */
const FINDERS: Readonly<Record<Origin, (flavour: Flavour, version: string | null) => Promise<Source | string>>> = {
  docker: (flavour, version) => findDocker(flavour, version ?? WANTED[flavour], tell),
  binaries: async (flavour, version) =>
    (await findBinaries(flavour, version)) ??
    `no server binary ${version === null ? "that is recent enough" : `of version ${version}`} in PATH`,
  async debian(flavour, version) {
    const chosen = version ?? WANTED[flavour];
    const tree = await findDebianTree(flavour, chosen);
    if (tree !== null) return tree;
    const reason = await whyNoDebianTree();
    if (reason !== null) return reason;
    return makeDebianTree(flavour, chosen, tell).catch(
      (error: unknown) => `Debian's packages can't be had: ${String(error)}`,
    );
  },
};

function tell(line: string): void {
  process.stderr.write(`[servers] ${line}\n`);
}
