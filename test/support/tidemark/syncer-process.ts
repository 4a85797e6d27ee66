/** Tidemark as a user runs it: a process of its own, seen from the outside. */

import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { z } from "zod";
import { waitFor } from "../wait-for.ts";
import { StatusContract, type Status } from "./status-contract.ts";
import type { TaskFile } from "./task-file.ts";

const CLI = fileURLToPath(new URL("../../../src/cli.ts", import.meta.url));
const FAULTY_CLI = fileURLToPath(new URL("faulty-tidemark.ts", import.meta.url));

/** How a process ended, and what it said. */
export interface Ended {
  /** null when a signal ended it */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process that may still run. */
export interface SyncerProcess {
  readonly pid: number;
  /** Resolves when the process is gone and all its output was read; never rejects. */
  readonly ended: Promise<Ended>;
  readonly running: () => boolean;
  stdout(): string;
  /** What it said on stderr so far. */
  stderr(): string;
  signal(signal: NodeJS.Signals): void;
  /** SIGTERM, and its end. SIGKILL if it takes longer than `timeoutMs` (default 20 s): then the end's `signal` says so. */
  stop(timeoutMs?: number): Promise<Ended>;
}

const alive = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of alive) child.kill("SIGKILL");
});

/** Starts `tidemark ARGUMENTS`; with TIDEMARK_FAULT in `env`, with those faults (see faulty-tidemark.ts). */
export function startTidemark(args: readonly string[], env: Readonly<Record<string, string>> = {}): SyncerProcess {
  const cli = env["TIDEMARK_FAULT"] === undefined ? CLI : FAULTY_CLI;
  const child = spawn(process.execPath, [cli, ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  alive.add(child);
  const said = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said.stderr += text;
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on("error", (error) =>
      resolve({ code: null, signal: null, stdout: said.stdout, stderr: `${said.stderr}${error.message}` }),
    );
    child.on("close", (code, signal) => {
      alive.delete(child);
      resolve({ code, signal, ...said });
    });
  });
  return {
    pid: child.pid ?? -1,
    ended,
    running: () => child.exitCode === null && child.signalCode === null,
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    signal: (signal) => {
      child.kill(signal);
    },
    async stop(timeoutMs = 20_000) {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
      const end = await ended;
      clearTimeout(timer);
      return end;
    },
  };
}

/** Runs `tidemark ARGUMENTS` to its end; SIGKILL after `timeoutMs` (default 60 s). */
export async function runTidemark(
  args: readonly string[],
  options: { readonly timeoutMs?: number; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Ended> {
  const child = startTidemark(args, options.env);
  const timer = setTimeout(() => child.signal("SIGKILL"), options.timeoutMs ?? 60_000);
  const end = await child.ended;
  clearTimeout(timer);
  return end;
}

/** `GET /status`, checked against the contract; undefined when nobody answers (yet). @throws when the answer isn't what the contract says */
export async function readStatus(task: Pick<TaskFile, "statusUrl">): Promise<Status | undefined> {
  const answer = await fetch(`${task.statusUrl}/status`, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
  if (answer === undefined) return undefined;
  const body: unknown = await answer.json();
  const parsed = StatusContract.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new Error(
    `GET /status is not what the contract says:\n${describeIssues(parsed.error)}\n${JSON.stringify(body, null, 2)}`,
  );
}

function describeIssues(error: z.ZodError): string {
  return error.issues.map((issue) => `  ${issue.path.join(".")}: ${issue.message}`).join("\n");
}

/**
 * Waits until the task's status is as `wanted` says. Fails at once when the process ends, or when the task fails and that isn't wanted.
 */
export function waitForStatus(
  syncer: SyncerProcess,
  task: Pick<TaskFile, "statusUrl">,
  what: string,
  wanted: (status: Status) => boolean,
  timeoutMs = 60_000,
): Promise<Status> {
  let last: Status | undefined;
  return waitFor(
    async () => {
      if (!syncer.running()) throw new Error(`the syncer ended before ${what}\n${tail(syncer.stderr())}`);
      last = await readStatus(task);
      if (last === undefined) return undefined;
      if (wanted(last)) return last;
      if (last.state === "failed")
        throw new Error(`the task failed before ${what}: ${JSON.stringify(last.error)}\n${tail(syncer.stderr())}`);
      return undefined;
    },
    { what, timeoutMs, explain: () => `last status: ${JSON.stringify(last)}\n${tail(syncer.stderr())}` },
  );
}

/** The last lines of a process's output. */
export function tail(text: string, lines = 30): string {
  return text.trimEnd().split("\n").slice(-lines).join("\n");
}
