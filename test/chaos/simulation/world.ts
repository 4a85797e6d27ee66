/** Both servers of a run, and everybody who does something to them. */
import { parseTask } from "../../../src/config/parse-task.ts";
import type { Task } from "../../../src/config/task.ts";
import type { Flavour, ServerInfo } from "../../../src/mysql/flavour.ts";
import type { ManualClock } from "../../support/manual-clock.ts";
import { Database } from "./database/database.ts";
import { makeHistory } from "./history/historian.ts";
import { FILTERED, type History, UNTRANSACTED } from "./history/history.ts";
import { type UpstreamLog, writeLog } from "./history/log.ts";
import { LEASE_TABLE, META_TABLES } from "./meta-tables.ts";
import { Oracle } from "./oracle.ts";
import type { Places } from "./places.ts";
import { Process } from "./process.ts";
import type { Random } from "./random.ts";
import type { Scenario } from "./scenario.ts";
import { DdlRunner } from "./server/ddl-runner.ts";
import type { Dealer } from "./server/dealer.ts";
import { SimulatedServer } from "./server/server.ts";
import { Upstream } from "./upstream.ts";

/** What a process finds. */
export interface Surroundings {
  readonly scenario: Scenario;
  readonly history: History;
  readonly upstream: Upstream;
  readonly database: Database;
  readonly server: SimulatedServer;
  readonly clock: ManualClock;
  readonly places: Places;
  /** Writes a line of the trace. */
  readonly note: (line: string) => void;
}

export interface World extends Surroundings {
  readonly oracle: Oracle;
  readonly trace: string[];
  readonly task: Task;
  /** A new process; its number is the next one. */
  process(): Process;
}

export function makeWorld(
  scenario: Scenario,
  random: Random,
  clock: ManualClock,
  faults: Dealer & Places,
  isPeace: () => boolean,
): World {
  const trace: string[] = [];
  const history = makeHistory(random, scenario.history);
  const logs = makeLogs(history, scenario, random);
  const database: Database = new Database(
    {
      committed: (label, tables) => oracle.committed(label, tables),
      contended: (waiting, holder, table) => oracle.contended(waiting.label, holder.label, table),
    },
    clock,
  );
  const note = (line: string): void => void trace.push(`${Math.round(clock.monotonic())} ${line}`);
  const oracle = new Oracle({ history, logs, database, scenario, trace: note });
  for (const structure of META_TABLES) database.create(structure);
  for (const structure of history.structures) {
    if (structure.table === UNTRANSACTED) database.create({ ...structure, engine: "MyISAM" });
    else if (structure.table !== FILTERED) database.create(structure);
  }
  const processes: Process[] = [];
  const owner = (label: string): Process | undefined => processes.find((process) => label.startsWith(process.label));
  const ddl = new DdlRunner(history, database, oracle);
  const server = new SimulatedServer(database, faults, clock, {
    ddl: (connection, sql) => ddl.take(connection, sql),
    kill: (label, later) => owner(label)?.die(later),
    // Before there is a lease, nobody can tell that its holder is silent.
    freeze: (label, ms) => owner(label)?.freeze(database.rows(LEASE_TABLE).length === 0 ? Math.min(ms, 30_000) : ms),
    trace: note,
  });
  const onAcknowledged = (file: string, offset: number): void => oracle.acknowledged(file, offset);
  const upstream = new Upstream({ logs, random, isPeace, idle: scenario.idle, onAcknowledged });
  const surroundings = { scenario, history, upstream, database, server, clock, places: faults, note };
  return {
    ...surroundings,
    oracle,
    trace,
    task: makeTask(scenario),
    process() {
      const process = new Process(processes.length + 1, surroundings);
      processes.push(process);
      return process;
    },
  };
}

/** One server, or two with the same GTIDs at other places. */
function makeLogs(history: History, scenario: Scenario, random: Random): UpstreamLog[] {
  const { flavour, gtids, rotate, split } = scenario;
  const main = writeLog(history, random, { server: serverOf(flavour, 1), gtids, file: "binlog.000001", rotate, split });
  if (!gtids) return [main];
  const options = { server: serverOf(flavour, 2), gtids, file: "other.000003", rotate: 0.1, split: 0.3 };
  return [main, writeLog(history, random, options)];
}

function serverOf(flavour: Flavour, serverId: number): ServerInfo {
  if (flavour === "mariadb") {
    return { flavour, version: "10.11.6-MariaDB", versionText: "10.11.6-MariaDB", uuid: null, serverId };
  }
  return { flavour, version: "8.4.3", versionText: "8.4.3", uuid: `uuid-of-server-${serverId}`, serverId };
}

/** What all tasks have in common: read once. */
const TASK = parseTask({
  file: "sim.yaml",
  environment: {},
  readFile: () => "",
  text: `
name: sim
upstream: { host: u, user: u, password: u, start: earliest }
downstream: { host: d, user: d, password: d }
tables: { include: ["sim.*"], exclude: ["sim.${FILTERED}"] }
status: { listen: off }`,
});

function makeTask(scenario: Scenario): Task {
  const { workers, batchRows, batchBytes, consistency, missingRow, splitBytes, checkpointMs, semiSync } = scenario;
  const streamBytes = Math.min(scenario.streamBytes, splitBytes ?? scenario.streamBytes);
  const limits = { workers, batchRows, batchBytes, streamBytes, splitBytes } satisfies Partial<Task["apply"]>;
  const apply = { ...TASK.apply, ...limits, consistency, missingRow };
  const upstream = { ...TASK.upstream, semiSync };
  return { ...TASK, upstream, apply, checkpoint: { intervalMs: checkpointMs } };
}
