/**
 * Starting and ending processes so that none is left, however this process ends.
 *
 * Each server is the child of a tiny shell that also reads a pipe whose other end only this process holds. When this
 * process dies, even by `kill -9`, the kernel closes the pipe: the shell sees its end, kills the server and removes its folder.
 * The shell is in a process group of its own, so a Ctrl-C at the terminal doesn't reach the server before we do.
 */

import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

const GUARD = `
exec 4<&0
"$@" </dev/null 4<&- 3>&- & server=$!
echo $server >&3
exec 3>&-
( read -r goodbye <&4 || { trap '' TERM; kill -KILL $server; sleep 0.2; rm -rf "$GUARDED_FOLDER"; } ) >/dev/null 2>&1 & guard=$!
wait $server
status=$?
kill -TERM $guard 2>/dev/null
wait $guard 2>/dev/null
exit $status
`;

/** A process under guard. */
export interface GuardedProcess {
  readonly pid: number;
  /** Resolves with the exit status (128 + signal number for a signal) when the process is gone; keeps our process alive until then. */
  waitForExit(): Promise<number>;
  readonly running: boolean;
  /** Sends a signal; false when the process is gone. */
  signal(name: NodeJS.Signals): boolean;
}

/**
 * Starts `command` with output appended to `logFile`; `folder` is removed if this process dies before it.
 * @throws when the command can't be started at all
 */
export async function startGuarded(
  command: readonly string[],
  folder: string,
  logFile: string,
): Promise<GuardedProcess> {
  const log = openSync(logFile, "a");
  const shell = spawn("/bin/sh", ["-c", GUARD, "tidemark-guard", ...command], {
    detached: true,
    stdio: ["pipe", log, log, "pipe"],
    cwd: "/",
    env: { PATH: process.env["PATH"], LC_ALL: "C", TZ: "UTC", GUARDED_FOLDER: folder },
  });
  closeSync(log);
  let running = true;
  const exited = new Promise<number>((resolve) => {
    const done = (status: number): void => {
      running = false;
      shell.stdin?.destroy();
      resolve(status);
    };
    shell.once("error", () => done(127));
    shell.once("exit", (status) => done(status ?? 128));
  });
  shell.stdin?.on("error", () => {});
  shell.unref();
  const pid = await readPid(shell.stdio[3]);
  if (pid === undefined) {
    shell.ref();
    await exited;
    throw new Error(`cannot start ${command.join(" ")}`);
  }
  return {
    pid,
    waitForExit() {
      if (running) shell.ref();
      return exited;
    },
    get running() {
      return running;
    },
    signal: (name) => running && signalPid(pid, name),
  };
}

async function readPid(from: unknown): Promise<number | undefined> {
  if (!(from instanceof Readable)) return undefined;
  let text = "";
  for await (const chunk of from) text += String(chunk);
  const pid = Number.parseInt(text, 10);
  return Number.isNaN(pid) ? undefined : pid;
}

/** Sends a signal by process id; false when there is no such process. */
export function signalPid(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

/** Resolves when a process that was sent SIGSTOP has stopped with all its threads, which takes the kernel a moment. Linux only; elsewhere at once. */
export async function untilStopped(pid: number): Promise<void> {
  const folder = `/proc/${pid}/task`;
  for (;;) {
    const threads = await readdir(folder).catch(() => []);
    const states = await Promise.all(
      threads.map((thread) => readFile(`${folder}/${thread}/stat`, "utf8").catch(() => "")),
    );
    // The state is the first letter after the name in brackets (proc_pid_stat(5)): T is stopped by a signal.
    if (states.every((stat) => /\) [TZX]/.test(stat) || stat === "")) return;
    await sleep(1);
  }
}

/** What a command prints. */
export interface Output {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end and gives what it printed, whatever its exit status (127: it doesn't exist). */
export function run(
  command: readonly string[],
  options: { readonly input?: string; readonly onLine?: (line: string) => void; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Output> {
  const [program = "", ...args] = command;
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], env: { ...process.env, ...options.env } });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
      for (const line of chunk.toString().split("\n")) if (line !== "") options.onLine?.(line);
    });
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.once("error", (error) => resolve({ status: 127, stdout, stderr: error.message }));
    child.once("close", (status) => resolve({ status: status ?? 128, stdout, stderr }));
    child.stdin.on("error", () => {});
    child.stdin.end(options.input ?? "");
  });
}
