/** One process of Tidemark: its gate to the world, and the doors that lead there. */
import { openStore } from "../../../src/checkpoint/store.ts";
import type { Clock } from "../../../src/clock.ts";
import { TidemarkError } from "../../../src/errors.ts";
import { compileFilter } from "../../../src/routing/filter.ts";
import { SchemaTracker } from "../../../src/schema/tracker.ts";
import type { Doors } from "../../../src/syncer/doors.ts";
import { gtidGoal, positionGoal } from "../../../src/syncer/goal.ts";
import { Tables } from "../../../src/syncer/tables.ts";
import { sameServer } from "../../../src/upstream/session.ts";
import { Gate, gatedClock } from "./gate.ts";
import { gtidOf } from "./history/log.ts";
import { emptyGtidSet } from "../../../src/binlog/gtid-set.ts";
import { META_SCHEMA } from "./meta-tables.ts";
import type { Surroundings } from "./world.ts";

export class Process {
  readonly label: string;
  readonly clock: Clock;
  readonly doors: Doors;
  readonly #gate = new Gate();
  readonly #world: Surroundings;
  #isDead = false;

  constructor(number: number, world: Surroundings) {
    this.label = `p${number}/`;
    this.#world = world;
    this.clock = gatedClock(world.clock, this.#gate);
    this.doors = makeDoors(this.label, this.#gate, world);
  }

  /** It runs: neither dead nor frozen. */
  get isAwake(): boolean {
    return this.#gate.isOpen;
  }

  /** kill -9: it never runs again, and its connections are cut; `later`: the server notices after a while. */
  die(later: boolean): void {
    this.#isDead = true;
    this.#gate.shut();
    this.#world.server.cutAll(this.label, later);
  }

  /** SIGSTOP, and SIGCONT after `ms`. */
  freeze(ms: number): void {
    if (this.#isDead) return;
    this.#gate.shut();
    this.#world.clock.timer(ms, () => {
      if (!this.#isDead) this.#gate.open();
    });
  }
}

function makeDoors(label: string, gate: Gate, world: Surroundings): Doors {
  const { database, server, upstream } = world;
  const doors: Doors = {
    connect: async (_address, signal, options) => {
      const connection = await server.connect(label, options?.stage ?? "upstream", gate);
      if (signal?.aborted !== true) return connection;
      connection.destroy();
      throw cancelled();
    },
    openReader: (options) => upstream.openReader(options),
    openStore,
    readStructures: async (_connection, wanted) => {
      if (typeof wanted === "function") return [];
      return wanted.flatMap(({ database: name, table }) => database.structure(`${name}.${table}`) ?? []);
    },
    prepare: makePrepare(() => doors, world),
  };
  return doors;
}

/** As the real one, less the questions to the upstream. */
function makePrepare(doors: () => Doors, world: Surroundings): Doors["prepare"] {
  const { scenario, history } = world;
  return async (options, store, downstream) => {
    const stored = await store.load();
    const { checkpoint } = stored;
    const answering = world.upstream.answering();
    const owner = checkpoint === null ? answering.server : { ...answering.server, ...checkpoint.upstream };
    const gtidsComplete = scenario.gtids && (checkpoint === null || checkpoint.position.gtids !== "");
    // By file and offset there is no other server than the one before.
    const log = gtidsComplete ? answering : world.upstream.logOf(owner);
    const upstream = log.server;
    const [begin = { file: "", offset: 4 }] = log.ends;
    const found = checkpoint?.position ?? { ...begin, gtids: "" };
    const start = sameServer(owner, upstream) ? found : { ...found, file: "", offset: 4 };
    const identity = { flavour: upstream.flavour, uuid: upstream.uuid, serverId: upstream.serverId };
    const structures = checkpoint === null ? history.structures : stored.structures;
    if (checkpoint === null) await store.begin(start, identity, structures);
    const filter = compileFilter({ ...options.tables, metaSchema: META_SCHEMA });
    const tracker = SchemaTracker.from(structures);
    const foreignKeyChecks = !scenario.history.logsCascades;
    const tables = new Tables({
      tracker,
      wanted: filter,
      routed: (name, table) => ({ database: name, table }),
      readStructures: doors().readStructures,
      downstream: "mysql",
      foreignKeyChecks,
    });
    await tables.readAll(downstream);
    const last = log.ends.at(-1) ?? begin;
    const all = emptyGtidSet(upstream.flavour);
    for (const { number } of history.transactions) all.add(gtidOf(upstream.flavour, number));
    const goal = gtidsComplete ? gtidGoal(upstream.flavour, all.toString(), start) : positionGoal(last, start);
    return {
      upstream,
      identity,
      start,
      gtidsComplete,
      stored: { ...stored, structures },
      filter,
      tracker,
      tables,
      downstream: { server: DOWNSTREAM, maxAllowedPacket: 1_000_000, foreignKeyChecks },
      goal: options.until === null ? null : (goal ?? "reached"),
      end: { ...last, gtids: "" },
    };
  };
}

const DOWNSTREAM = { flavour: "mysql", version: "8.4.3", versionText: "8.4.3", uuid: null, serverId: 9 } as const;

function cancelled(): TidemarkError {
  return new TidemarkError("cancelled", "connecting was cancelled", {
    stage: "apply",
    kind: "resumable",
    hint: "Stopped.",
  });
}
