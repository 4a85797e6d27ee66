/**
 * A server with a database on a disk of a few megabytes: a tmpfs over the database's folder, in a mount namespace of the server's own. So nobody else
 * sees the mount, and the kernel takes it away with the server, however that ends.
 */

import { join } from "node:path";
import type { Flavour } from "../../../src/mysql/flavour.ts";
import { startLocalServer } from "./local-server.ts";
import { run } from "./processes.ts";
import type { Server } from "./server.ts";
import { findSource } from "./start-server.ts";

/** Root needs a mount namespace only; others a user namespace as well, in which they may mount (user_namespaces(7)). */
const ROOT = process.getuid?.() === 0;
const UNSHARE = ["unshare", ROOT ? "-m" : "-Urm"];

/** Why there can be no such server here; null: there can. */
export async function whyNoSmallDisk(flavour: Flavour): Promise<string | null> {
  const source = await findSource(flavour);
  if (source.origin === "docker") return "a server in a container can't be given a mount from here";
  const [unshare = "", flags = ""] = UNSHARE;
  const tried = await run([unshare, flags, "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", "/mnt"]);
  return tried.status === 0 ? null : `no tmpfs can be mounted in a namespace of its own: ${tried.stderr.trim()}`;
}

export interface SmallDisk {
  readonly server: Server;
  /** Puts the database's folder on a disk of so many megabytes. It must be there, without tables. */
  shrink(database: string, megabytes: number): Promise<void>;
  /** Makes that disk larger. */
  grow(database: string, megabytes: number): Promise<void>;
}

/** Starts a server that can be given such a disk. Don't restart it: what is on the disk would be gone. */
export async function startOnSmallDisk(flavour: Flavour): Promise<SmallDisk> {
  const source = await findSource(flavour);
  if (source.origin === "docker") throw new Error("a server in a container can't be given a mount from here");
  const server = await startLocalServer(source, { flavour }, { prefix: UNSHARE, bind: "127.0.0.1", host: "127.0.0.1" });
  const mount = async (database: string, options: readonly string[]): Promise<void> => {
    const folder = join(server.dataDir ?? "", database);
    const enter = [
      "nsenter",
      `--target=${server.pid}`,
      "--mount",
      ...(ROOT ? [] : ["--user", "--preserve-credentials"]),
    ];
    const { status, stderr } = await run([...enter, "mount", ...options, folder]);
    if (status !== 0) throw new Error(`mount ${options.join(" ")} ${folder}: ${stderr}`);
  };
  return {
    server,
    shrink: (database, megabytes) => mount(database, ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=0700`, "tmpfs"]),
    grow: (database, megabytes) => mount(database, ["-o", `remount,size=${megabytes}m`]),
  };
}
