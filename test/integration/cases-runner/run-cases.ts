/**
 * Runs many cases in one run of the syncer: all `before.sql` on both sides, all `changes.sql` upstream, the syncer over the lot.
 * If that run fails, its cases run in halves, until those that are at fault stand alone: the others are still judged.
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunningServer } from "../../support/servers/index.ts";
import { namedError, type NamedError } from "../../support/tidemark/named-error.ts";
import { runTidemark, startTidemark, tail, waitForStatus, type Ended } from "../../support/tidemark/syncer-process.ts";
import { writeTaskFile, type TaskFile } from "../../support/tidemark/task-file.ts";
import { logEnd, reached } from "../../support/tidemark/upstream-end.ts";
import type { Case, Pair } from "./case-files.ts";

/** Both ends of a pair. */
export interface Ends {
  readonly pair: Pair;
  readonly upstream: RunningServer;
  readonly downstream: RunningServer;
}

/**
 * How the task meets the changes:
 * - `resume`: a first `run --until now` saves a checkpoint, the changes come, a second run goes on from the checkpoint, with the
 *   table structures as they were then;
 * - `follow`: the task runs while the changes come, and is ended by SIGTERM once it has them.
 */
export type Mode = "resume" | "follow";

/** What became of each case by name: null is well (so far: the sides are not compared here), else what went wrong. */
export type Outcomes = ReadonlyMap<string, string | null>;

let runs = 0;

/** Runs cases that must succeed. */
export async function runCases(ends: Ends, cases: readonly Case[], mode: Mode): Promise<Outcomes> {
  const outcomes = new Map<string, string | null>();
  const prepared = await prepare(ends, cases, outcomes);
  const failure = await runOnce(ends, prepared, mode, outcomes);
  const well = prepared.filter(({ name }) => outcomes.get(name) === undefined);
  if (failure === null) {
    for (const { name } of well) outcomes.set(name, null);
  } else if (well.length <= 1) {
    for (const { name } of well) outcomes.set(name, failure);
  } else {
    const half = Math.ceil(well.length / 2);
    for (const part of [well.slice(0, half), well.slice(half)]) {
      for (const [name, outcome] of await runCases(ends, part, mode)) outcomes.set(name, outcome);
    }
  }
  return outcomes;
}

/** Runs one case that must end in an error; gives how the syncer ended. */
export async function runToError(ends: Ends, single: Case): Promise<Ended> {
  const outcomes = new Map<string, string | null>();
  await prepare(ends, [single], outcomes);
  return inFolder(async (folder) => {
    const task = await taskFor(ends, folder);
    const first = await runTidemark(["run", task.path, "--until", "now"]);
    if (first.code !== 0) throw new Error(describeEnd("the run before the changes", first));
    await ends.upstream.exec(single.changes, single.database);
    return runTidemark(["run", task.path, "--until", "now"]);
  });
}

/** The databases that the cases have on a server now. */
export async function caseDatabases(server: RunningServer, cases: readonly Case[]): Promise<string[]> {
  const rows = await server.query(
    "SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE 'case\\_%'",
  );
  const names = rows.map((row) => String(row["name"]));
  return names
    .filter((name) => cases.some(({ database }) => name === database || name.startsWith(`${database}_`)))
    .toSorted();
}

/** Empties both sides of cases and loads the common state. Those that can't even be loaded get their outcome here. */
async function prepare(ends: Ends, cases: readonly Case[], outcomes: Map<string, string | null>): Promise<Case[]> {
  const prepared: Case[] = [];
  for (const server of [ends.upstream, ends.downstream]) {
    await server.exec(`SET foreign_key_checks = 0; DROP DATABASE IF EXISTS tidemark_cases;`);
    for (const { name } of await server.query<{ name: string }>(
      "SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE 'case\\_%'",
    )) {
      await server.exec(`SET foreign_key_checks = 0; DROP DATABASE \`${name.replaceAll("`", "``")}\``);
    }
  }
  for (const each of cases) {
    try {
      for (const server of [ends.upstream, ends.downstream]) {
        await server.exec(`CREATE DATABASE ${each.database} CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci`);
        await server.exec(each.before, each.database);
      }
      if (each.downstream !== null) await ends.downstream.exec(each.downstream, each.database);
      prepared.push(each);
    } catch (error) {
      outcomes.set(each.name, `before.sql or downstream.sql: ${String(error)}`);
    }
  }
  return prepared;
}

/** The changes of all cases upstream; null, or what is wrong with the syncer's run. */
async function runOnce(
  ends: Ends,
  cases: readonly Case[],
  mode: Mode,
  outcomes: Map<string, string | null>,
): Promise<string | null> {
  const change = async (): Promise<void> => {
    for (const { name, changes, database } of cases) {
      await ends.upstream
        .exec(changes, database)
        .catch((error: unknown) => outcomes.set(name, `changes.sql: ${String(error)}`));
    }
  };
  return inFolder(async (folder) => {
    const task = await taskFor(ends, folder);
    return mode === "resume" ? resume(task, change) : follow(ends, task, change);
  });
}

async function resume(task: TaskFile, change: () => Promise<void>): Promise<string | null> {
  const first = await runTidemark(["run", task.path, "--until", "now"]);
  if (first.code !== 0) return describeEnd("the run before the changes", first);
  await change();
  const second = await runTidemark(["run", task.path, "--until", "now"], { timeoutMs: 120_000 });
  return second.code === 0 ? null : describeEnd("the run after the changes", second);
}

async function follow(ends: Ends, task: TaskFile, change: () => Promise<void>): Promise<string | null> {
  const syncer = startTidemark(["run", task.path]);
  try {
    await waitForStatus(
      syncer,
      task,
      "the task follows the upstream",
      ({ state, applied }) => state === "running" && applied !== null,
    );
    await change();
    const end = await logEnd(ends.upstream);
    await waitForStatus(
      syncer,
      task,
      `the task has applied ${end.file}:${end.offset}`,
      ({ applied }) => reached(applied, end),
      120_000,
    );
  } catch (error) {
    await syncer.stop();
    return String(error);
  }
  const ended = await syncer.stop();
  return ended.code === 0 ? null : describeEnd("the run that followed the changes", ended);
}

async function taskFor(ends: Ends, folder: string): Promise<TaskFile> {
  runs += 1;
  return writeTaskFile(folder, {
    name: `cases-${runs}`,
    upstream: ends.upstream,
    downstream: ends.downstream,
    downstreamMore: { metaSchema: "tidemark_cases" },
    start: "now",
    include: ["case_*.*"],
  });
}

/** The named error in a line, then the log's end. */
function describeEnd(what: string, ended: Ended): string {
  const { name, message, position } = tryNamedError(ended) ?? { name: "no named error", message: "", position: null };
  return `${what} ended with ${ended.code ?? ended.signal}: ${name} at ${position ?? "no position"}: ${message}\n${shortLines(tail(ended.stderr, 10))}`;
}

function tryNamedError(ended: Ended): NamedError | undefined {
  try {
    return namedError(ended);
  } catch {
    return undefined;
  }
}

/** Log lines with an error and its stack are long; what matters is said before them. */
function shortLines(text: string): string {
  return text
    .split("\n")
    .map((line) => (line.length > 400 ? `${line.slice(0, 400)}…` : line))
    .join("\n");
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "tidemark-cases-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
