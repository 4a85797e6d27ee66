/** Both servers of a run, and the doors through which a process gets to them. */
import { parseTask } from "../../../src/config/parse-task.ts";
import type { Task } from "../../../src/config/task.ts";
import { Store } from "../../../src/checkpoint/store.ts";
import { classifyServerError } from "../../../src/mysql/server-error.ts";
import { compileFilter } from "../../../src/routing/filter.ts";
import type { TableStructure } from "../../../src/schema/structure.ts";
import { SchemaTracker } from "../../../src/schema/tracker.ts";
import type { Doors } from "../../../src/syncer/doors.ts";
import { positionGoal } from "../../../src/syncer/goal.ts";
import { Tables } from "../../../src/syncer/tables.ts";
import { column } from "../../support/tables.ts";
import type { ManualClock } from "../../support/manual-clock.ts";
import { Database } from "./database.ts";
import type { Dice } from "./dice.ts";
import type { History } from "./history.ts";
import type { Oracle } from "./oracle.ts";
import { SimulatedServer } from "./server.ts";
import { openSimulatedReader, UPSTREAM } from "./upstream.ts";

/** One process of Tidemark. */
export interface Process {
  readonly label: string;
  readonly doors: Doors;
  /** kill -9: its connections are cut, and it can make no new ones. */
  die(): void;
}

export interface World {
  readonly oracle: Oracle;
  readonly trace: string[];
  readonly Process: Process;
  process(number: number): Process;
  task(apply: { workers: number; batchRows: number; consistency: string }): Task;
}

const META: Readonly<Record<string, { columns: string[]; uniqueKeys: string[][] }>> = {
  task: { columns: ["name", "epoch", "holder"], uniqueKeys: [["name"]] },
  lease: { columns: ["task", "epoch", "renewed_at", "connections"], uniqueKeys: [["task"]] },
  checkpoint: {
    columns: [
      "task",
      "format",
      "flavour",
      "upstream_uuid",
      "upstream_server_id",
      "file",
      "file_offset",
      "gtids",
      "saved_at",
    ],
    uniqueKeys: [["task"]],
  },
  applied_batch: {
    columns: ["task", "epoch", "sequence", "start_file", "start_offset", "end_file", "end_offset", "gtids"],
    uniqueKeys: [["task", "epoch", "sequence"]],
  },
  ddl_intent: {
    columns: ["task", "end_file", "end_offset", "gtid", "statement", "before_fingerprint"],
    uniqueKeys: [["task"]],
  },
  table_structure: {
    columns: ["task", "database_name", "table_name", "structure"],
    uniqueKeys: [["task", "database_name", "table_name"]],
  },
};

export function makeWorld(
  history: History,
  dice: Dice,
  clock: ManualClock,
  makeOracle: (history: History, database: Database) => Oracle,
): World {
  const trace: string[] = [];
  const database = new Database({
    committed: (session) => oracle.committed(session),
    contended: (waiting, holder, table) => oracle.contended(waiting, holder, table),
  });
  const oracle = makeOracle(history, database);
  for (const [name, definition] of Object.entries(META)) database.create(`tidemark.${name}`, definition);
  for (const { table, columns, uniqueKeys } of history.structures) {
    const keys = uniqueKeys.map(({ parts }) => parts.map((part) => part.column));
    database.create(`sim.${table}`, { columns: columns.map(({ name }) => name), uniqueKeys: keys });
  }
  const server = new SimulatedServer(database, dice, clock, {
    ddl: (sql) => {
      oracle.ddl(Number(/\/\* ddl (\d+) \*\//.exec(sql)?.[1]), ({ table, adds }) => {
        if (adds === null) database.truncate(`sim.${table}`);
        else database.addColumn(`sim.${table}`, adds);
      });
    },
    trace: (line) => trace.push(`${Math.round(clock.monotonic())} ${line}`),
  });
  const make = (number: number): Process => makeProcess(number, { history, dice, database, server });
  return {
    oracle,
    trace,
    Process: make(0),
    process: make,
    task: ({ workers, batchRows, consistency }) =>
      parseTask({
        file: "sim.yaml",
        environment: {},
        readFile: () => "",
        text: `
name: sim
upstream: { host: u, user: u, password: u, start: earliest }
downstream: { host: d, user: d, password: d }
tables: { include: ["sim.*"] }
apply: { workers: ${workers}, batchRows: ${batchRows}, consistency: ${consistency} }
checkpoint: { interval: 20ms }
status: { listen: off }`,
      }),
  };
}

interface Parts {
  readonly history: History;
  readonly dice: Dice;
  readonly database: Database;
  readonly server: SimulatedServer;
}

function makeProcess(number: number, parts: Parts): Process {
  const { history, dice, database, server } = parts;
  const label = `p${number}/`;
  let dead = false;
  const structureOf = (database_: Database, table: string): TableStructure | null => {
    const definition = database_.definition(`sim.${table}`);
    const first = history.structures.find((structure) => structure.table === table);
    if (definition === null || first === undefined) return null;
    const columns = definition.columns.map(
      (name) => first.columns.find((c) => c.name === name) ?? column(`${name} int null`),
    );
    return { ...first, columns };
  };
  const doors: Doors = {
    connect: async (_address, _signal, options) => {
      if (dead) return new Promise<never>(() => undefined);
      return server.connect(`${label}${options?.stage ?? "upstream"}`);
    },
    openReader: (options) =>
      openSimulatedReader(
        history,
        options,
        () => dice.chance(),
        () => dead,
      ),
    openStore: async (options) => {
      const { connection, metaSchema, task, holder } = options;
      const raw = (sql: string): Promise<unknown> =>
        new Promise((resolve, reject) => {
          connection.raw.query(sql, [], (error: unknown, result: unknown) =>
            error === null ? resolve(result) : reject(classifyServerError(error, "checkpoint")),
          );
        });
      if (database.rows("tidemark.task").length === 0)
        await raw(`INSERT INTO task (name, epoch, holder) VALUES ('${task}', 0, '')`);
      await raw("BEGIN");
      await raw(`UPDATE task SET holder = '${holder}' WHERE name = '${task}'`);
      const epoch = Number(database.rows("tidemark.task")[0]?.["epoch"] ?? 0) + 1;
      await raw(`UPDATE task SET epoch = ${epoch} WHERE name = '${task}'`);
      await raw("COMMIT");
      return new Store(connection, { metaSchema, task, epoch }, options.clock);
    },
    readStructures: (_connection, wanted) => {
      if (typeof wanted === "function") return Promise.resolve([]);
      return Promise.resolve(wanted.flatMap(({ table }) => structureOf(database, table) ?? []));
    },
    prepare: async (options, store, downstream) => {
      const stored = await store.load();
      const start = stored.checkpoint?.position ?? { file: history.file, offset: 4, gtids: "" };
      const identity = { flavour: "mysql", uuid: null, serverId: 1 } as const;
      const structures = stored.checkpoint === null ? history.structures : stored.structures;
      if (stored.checkpoint === null) await store.begin(start, identity, structures);
      const filter = compileFilter({ ...options.tables });
      const tracker = SchemaTracker.from(structures);
      const tables = new Tables({
        tracker,
        wanted: filter,
        routed: (name, table) => ({ database: name, table }),
        readStructures: doors.readStructures,
        downstream: "mysql",
        foreignKeyChecks: false,
      });
      await tables.readAll(downstream);
      return {
        upstream: UPSTREAM,
        identity,
        start,
        gtidsComplete: false,
        owner: UPSTREAM,
        stored: { ...stored, structures },
        filter,
        tracker,
        tables,
        downstream: { server: UPSTREAM, maxAllowedPacket: 1_000_000, foreignKeyChecks: false },
        goal: positionGoal({ file: history.file, offset: history.end }, start) ?? "reached",
        end: { file: history.file, offset: history.end, gtids: "" },
      };
    },
  };
  return {
    label,
    doors,
    die() {
      dead = true;
      server.crash(label);
    },
  };
}
