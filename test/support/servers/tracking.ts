/** Every server that this process started, so that none outlives it and tests can prove it. */

import { readdirSync, readFileSync, rmSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { signalPid } from "./processes.ts";

/** What the end of this process must end. */
export interface Tracked {
  readonly name: string;
  /** Ends it at once and synchronously; must not throw. */
  endNow(): void;
  stop(): Promise<void>;
}

const tracked = new Set<Tracked>();
let watchingExit = false;

/** Remembers a server until {@link untrack}. */
export function track(server: Tracked): void {
  tracked.add(server);
  if (watchingExit) return;
  watchingExit = true;
  // What ends without this event (a signal) is ended by the guard in processes.ts.
  process.once("exit", () => {
    for (const each of tracked) each.endNow();
  });
}

export function untrack(server: Tracked): void {
  tracked.delete(server);
}

/** Stops every server that this process started and hasn't stopped yet. */
export async function stopAll(): Promise<void> {
  await Promise.all([...tracked].map((each) => each.stop()));
}

const PREFIX = "tidemark-server-";

/** A folder of a server of this process. Folders of processes that died before they could remove them go now. */
export async function makeServerFolder(): Promise<string> {
  for (const name of await readdir(tmpdir())) {
    const owner = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (owner !== undefined && !signalPid(Number(owner), 0)) {
      await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => {});
    }
  }
  return mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
}

/**
 * Passes when no server, guard or folder that the process `owner` made is left.
 * @throws an Error that lists what is
 */
export function assertNothingLeft(owner: number = process.pid): void {
  const mine = `${PREFIX}${owner}-`;
  const left = owner === process.pid ? [...tracked].map((each) => `${each.name} was not stopped`) : [];
  for (const name of readdirSync(tmpdir())) if (name.startsWith(mine)) left.push(`folder ${join(tmpdir(), name)}`);
  for (const { pid, commandLine } of processes())
    if (commandLine.includes(mine)) left.push(`process ${pid}: ${commandLine.slice(0, 200)}`);
  if (left.length > 0) throw new Error(`left behind:\n${left.join("\n")}`);
}

/** Linux's own list; elsewhere there is none and only what we tracked is checked. */
function processes(): { pid: number; commandLine: string }[] {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => ({ pid: Number(pid), commandLine: readCommandLine(pid) }));
  } catch {
    return [];
  }
}

function readCommandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}

/** Removes a folder now, for exit handlers. */
export function removeNow(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // Something is still writing to it: the next start removes it.
  }
}
