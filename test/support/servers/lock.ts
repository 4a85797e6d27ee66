/** A lock between processes: a file that names its holder. A lock whose holder has died is free. */

import { link, readFile, rm, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { signalPid } from "./processes.ts";

/**
 * Runs `work` while no other process of this machine is inside `withLock` of the same file; others wait.
 * `file` is made beside what it protects; its folder must exist.
 */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const mine = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  await writeFile(mine, String(process.pid));
  try {
    // link() either makes the name or fails: the atomic step. The file is complete before it gets its name.
    while (!(await tryLink(mine, file))) {
      const holder = Number.parseInt(await readFile(file, "utf8").catch(() => ""), 10);
      if (!Number.isNaN(holder) && !signalPid(holder, 0)) await rm(file, { force: true });
      else await sleep(100);
    }
    try {
      return await work();
    } finally {
      await rm(file, { force: true });
    }
  } finally {
    await rm(mine, { force: true });
  }
}

async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}
