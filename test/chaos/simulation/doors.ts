/** The doors through which a process gets to the simulated servers. All but `prepare` lead the real code there. */
import { emptyGtidSet } from "../../../src/binlog/gtid-set.ts";
import { openStore } from "../../../src/checkpoint/open-store.ts";
import type { StoredState } from "../../../src/checkpoint/store.ts";
import { TidemarkError } from "../../../src/errors.ts";
import type { Faults } from "../../../src/faults.ts";
import { compileFilter } from "../../../src/routing/filter.ts";
import { SchemaTracker } from "../../../src/schema/tracker.ts";
import type { Doors } from "../../../src/syncer/doors.ts";
import { type Goal, gtidGoal, positionGoal } from "../../../src/syncer/goal.ts";
import { Tables } from "../../../src/syncer/tables.ts";
import { sameServer } from "../../../src/upstream/session.ts";
import type { Gate } from "./gate.ts";
import { gtidOf, type UpstreamLog } from "./history/log.ts";
import { META_SCHEMA } from "./meta-tables.ts";
import type { Surroundings } from "./world.ts";

export function makeDoors(label: string, gate: Gate, world: Surroundings, faults: Faults): Doors {
  const { database, server, upstream } = world;
  let beginning: Beginning | null = null;
  const doors: Doors = {
    connect: async (_address, signal, options) => {
      const connection = await server.connect(label, options?.stage ?? "upstream", gate);
      if (signal?.aborted !== true) return connection;
      connection.destroy();
      throw cancelled();
    },
    openStore,
    faults,
    readStructures: async (_connection, wanted) => {
      if (typeof wanted === "function") return [];
      return wanted.flatMap(({ database: name, table }) => database.structure(`${name}.${table}`) ?? []);
    },
    prepare: async (options, store, downstream) => {
      const stored = await store.load();
      beginning = begin(world, stored);
      const { log, start, gtidsComplete } = beginning;
      const identity = { flavour: log.server.flavour, uuid: log.server.uuid, serverId: log.server.serverId };
      const structures = stored.checkpoint === null ? world.history.structures : stored.structures;
      if (stored.checkpoint === null) await store.begin(start, identity, structures);
      const filter = compileFilter({ ...options.tables, metaSchema: META_SCHEMA });
      const tracker = SchemaTracker.from(structures);
      const foreignKeyChecks = !world.scenario.history.logsCascades;
      const tables = new Tables({
        tracker,
        wanted: filter,
        routed: (name, table) => ({ database: name, table }),
        readStructures: doors.readStructures,
        downstream: "mysql",
        foreignKeyChecks,
      });
      await tables.readAll(downstream);
      const end = { file: "", offset: 4, ...log.ends.at(-1), gtids: "" };
      return {
        upstream: log.server,
        identity,
        start,
        gtidsComplete,
        stored: { ...stored, structures },
        filter,
        tracker,
        tables,
        downstream: { server: DOWNSTREAM, maxAllowedPacket: 1_000_000, foreignKeyChecks },
        goal: options.until === null ? null : (goalOf(world, beginning) ?? "reached"),
        end,
      };
    },
    openReader: (options) => {
      if (beginning === null) throw new Error("a session is prepared before it reads");
      return upstream.openReader(beginning.log, options);
    },
  };
  return doors;
}

interface Beginning {
  /** Of the server that this session reads. */
  readonly log: UpstreamLog;
  readonly start: { readonly file: string; readonly offset: number; readonly gtids: string };
  readonly gtidsComplete: boolean;
}

/** As the real one: where the checkpoint says, on whichever server answers if the log is read by GTID. */
function begin({ scenario, upstream }: Surroundings, { checkpoint }: StoredState): Beginning {
  const answering = upstream.answering();
  if (checkpoint === null) {
    const start = { file: "", offset: 4, ...answering.ends[0], gtids: "" };
    return { log: answering, start, gtidsComplete: scenario.gtids };
  }
  const { position } = checkpoint;
  const owner = upstream.logOf({ ...answering.server, ...checkpoint.upstream });
  if (position.gtids === "") return { log: owner, start: position, gtidsComplete: false };
  const start = sameServer(owner.server, answering.server) ? position : { ...position, file: "", offset: 4 };
  return { log: answering, start, gtidsComplete: true };
}

/** The end of the history; null: that is where we are. */
function goalOf({ history }: Surroundings, { log, start, gtidsComplete }: Beginning): Goal | null {
  const { flavour } = log.server;
  const end = { file: "", offset: 4, ...log.ends.at(-1) };
  if (!gtidsComplete) return positionGoal(end, start);
  const all = emptyGtidSet(flavour);
  for (const { number } of history.transactions) all.add(gtidOf(flavour, number));
  return gtidGoal(flavour, all.toString(), start);
}

const DOWNSTREAM = { flavour: "mysql", version: "8.4.3", versionText: "8.4.3", uuid: null, serverId: 9 } as const;

function cancelled(): TidemarkError {
  return new TidemarkError("cancelled", "connecting was cancelled", {
    stage: "apply",
    kind: "resumable",
    hint: "Stopped.",
  });
}
