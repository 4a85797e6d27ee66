/** Binaries of one server on this machine, wherever they came from. */

import { readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Flavour } from "../../../src/mysql/flavour.ts";
import { run } from "./processes.ts";
import type { Origin, Tool } from "./server.ts";

export interface Installation {
  readonly origin: Exclude<Origin, "docker">;
  readonly flavour: Flavour;
  readonly version: string;
  /** Command line of the server, with the options that tell it where its own files are. */
  readonly server: readonly string[];
  readonly tools: Readonly<Partial<Record<Tool, readonly string[]>>>;
  /** Folder of messages, charsets and (MariaDB) the SQL of the system tables. */
  readonly shareDir: string;
}

/** The versions that tests want where they can choose and ask for no other. */
export const WANTED = { mysql: "9.7", mariadb: "10.11" } as const satisfies Record<Flavour, string>;

/** The oldest versions that tests accept where they can't, as [major, minor]. */
const OLDEST = { mysql: [8, 4], mariadb: [10, 6] } as const satisfies Record<Flavour, readonly [number, number]>;

/** What `--version` of a server binary says, or null when it doesn't run. */
export async function readVersion(command: readonly string[]): Promise<{ flavour: Flavour; version: string } | null> {
  const output = await run([...command, "--no-defaults", "--version"]);
  const version = /Ver (\d+\.\d+\.\d+)/.exec(output.stdout)?.[1];
  if (output.status !== 0 || version === undefined) return null;
  return { flavour: output.stdout.includes("MariaDB") ? "mariadb" : "mysql", version };
}

/** Whether tests can run against this version at all. */
export function isRecentEnough(flavour: Flavour, version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor, oldestMinor] = OLDEST[flavour];
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}

/**
 * A server and programs in PATH (or where Debian and Homebrew put them), or null. `version`: that one (`11.8`) and no other;
 * null: any that is recent enough.
 */
export async function findBinaries(flavour: Flavour, version: string | null): Promise<Installation | null> {
  const folders = [
    ...(process.env["PATH"] ?? "").split(":"),
    "/usr/sbin",
    "/usr/local/sbin",
    "/usr/libexec",
    "/opt/homebrew/bin",
  ];
  for (const name of flavour === "mysql" ? ["mysqld"] : ["mariadbd", "mysqld"]) {
    for (const folder of folders) {
      const program = join(folder, name);
      if (folder === "" || !(await exists(program))) continue;
      const found = await readVersion([program]);
      if (found?.flavour !== flavour || !isRecentEnough(flavour, found.version)) continue;
      if (version !== null && !found.version.startsWith(`${version}.`)) continue;
      const base = dirname(dirname(program));
      const shareDir =
        (await firstThatExists([join(base, "share/mysql"), join(base, "share/mariadb"), "/usr/share/mysql"])) ?? base;
      return {
        origin: "binaries",
        ...found,
        server: [program, "--no-defaults"],
        tools: await findTools(flavour, folders, []),
        shareDir,
      };
    }
  }
  return null;
}

/**
 * A server in a tree of Debian packages that were unpacked, not installed: its libraries may be newer than this machine's,
 * so everything is run by the tree's own loader. Null when the tree isn't complete.
 */
export async function findInTree(flavour: Flavour, tree: string): Promise<Installation | null> {
  const program = join(tree, "usr/sbin", flavour === "mysql" ? "mysqld" : "mariadbd");
  const loader = await firstThatExists([
    join(tree, "usr/lib64/ld-linux-x86-64.so.2"),
    join(tree, "usr/lib/ld-linux-aarch64.so.1"),
  ]);
  if (loader === null || !(await exists(program))) return null;
  const libraries = (await readdir(join(tree, "usr/lib"))).filter((name) => name.includes("-linux-gnu"));
  const prefix = [loader, "--library-path", libraries.map((name) => join(tree, "usr/lib", name)).join(":")];
  const found = await readVersion([...prefix, program]);
  if (found?.flavour !== flavour) return null;
  const shareDir = await firstThatExists([join(tree, "usr/share/mysql"), join(tree, "usr/share/mariadb")]);
  if (shareDir === null) return null;
  const pluginDir = join(tree, "usr/lib/mysql/plugin");
  const server = [
    ...prefix,
    program,
    "--no-defaults",
    `--basedir=${join(tree, "usr")}`,
    `--lc-messages-dir=${shareDir}`,
    `--character-sets-dir=${join(shareDir, "charsets")}`,
    ...((await exists(pluginDir)) ? [`--plugin-dir=${pluginDir}`] : []),
  ];
  const tools = { ...(await findTools(flavour, [join(tree, "usr/bin")], prefix)), ...(await findSysbench()) };
  return { origin: "debian", ...found, server, tools, shareDir };
}

const TOOL_NAMES = {
  mysql: { mysql: ["mysql"], mariadb: ["mariadb", "mysql"] },
  mysqlbinlog: { mysql: ["mysqlbinlog"], mariadb: ["mariadb-binlog", "mysqlbinlog"] },
  sysbench: { mysql: ["sysbench"], mariadb: ["sysbench"] },
} as const satisfies Record<Tool, Record<Flavour, readonly string[]>>;

async function findTools(
  flavour: Flavour,
  folders: readonly string[],
  prefix: readonly string[],
): Promise<Partial<Record<Tool, readonly string[]>>> {
  const tools: Partial<Record<Tool, readonly string[]>> = {};
  for (const tool of ["mysql", "mysqlbinlog", "sysbench"] as const) {
    const candidates = TOOL_NAMES[tool][flavour].flatMap((name) => folders.map((folder) => join(folder, name)));
    const program = await firstThatExists(candidates);
    if (program !== null) tools[tool] = [...prefix, program];
  }
  return tools;
}

/** sysbench isn't part of a server: this machine's own serves. */
async function findSysbench(): Promise<Partial<Record<Tool, readonly string[]>>> {
  const program = await firstThatExists(
    (process.env["PATH"] ?? "").split(":").map((folder) => join(folder, "sysbench")),
  );
  return program === null ? {} : { sysbench: [program] };
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function firstThatExists(paths: readonly string[]): Promise<string | null> {
  for (const path of paths) if (await exists(path)) return path;
  return null;
}
