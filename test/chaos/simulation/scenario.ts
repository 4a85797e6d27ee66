/** What a seed chooses before anything happens. */
import type { Flavour } from "../../../src/mysql/flavour.ts";
import type { HistoryOptions } from "./history/historian.ts";
import { between, pick, type Random } from "./random.ts";

export interface Scenario {
  readonly history: HistoryOptions;
  readonly workers: number;
  readonly batchRows: number;
  readonly batchBytes: number;
  /** Larger transactions are applied while they are read; and cut, if `splitBytes` isn't null. */
  readonly streamBytes: number;
  readonly splitBytes: number | null;
  readonly checkpointMs: number;
  readonly consistency: "transaction" | "ordered";
  readonly missingRow: "stop" | "repair" | "log";
  readonly flavour: Flavour;
  /** GTIDs, and more than one server that has them; else one server's files and offsets (MySQL only). */
  readonly gtids: boolean;
  readonly rotate: number;
  readonly split: number;
  /** The run follows without a goal, until everything has been applied for a while. */
  readonly endless: boolean;
  /** Probability of each fault: per statement, per commit, per DDL, per connection, per chunk of the log. */
  readonly fault: number;
  readonly commit: number;
  readonly ddl: number;
  readonly connect: number;
  readonly idle: number;
  /** Per named place that a process comes by (`src/faults.ts`). */
  readonly places: number;
  /** Of each kind of process fault among statement faults. */
  readonly violence: number;
  /** Per second of simulated time: somebody else deletes a row, holds a row's lock, or sets the clock. */
  readonly drift: number;
  readonly locks: number;
  readonly jumps: number;
  /** Per session. */
  readonly fates: number;
  /** The upstream asks for acknowledgements. */
  readonly semiSync: boolean;
}

export function makeScenario(random: Random): Scenario {
  const chance = (probability: number, value: number): number => (random() < probability ? random() * value : 0);
  const flavour = random() < 0.3 ? ("mariadb" as const) : ("mysql" as const);
  const isOrdered = random() < 0.25;
  const streams = random() < 0.35;
  // A day of migrations: little else goes wrong, or they would come through in peace.
  const isMigration = random() < 0.15;
  const missingRow = pick(random, ["stop", "stop", "stop", "repair", "log"] as const);
  const drifts = random() < (missingRow === "stop" ? 0.15 : 0.5);
  const drawn: Omit<Scenario, "semiSync"> = {
    history: {
      // Less of what takes long to play.
      count: between(random, 8, streams || isMigration ? 45 : 80),
      logsCascades: random() < 0.5,
      ddl: isMigration ? 0.2 + random() * 0.4 : random() * 0.12,
      giant: streams ? 0.02 + random() * 0.15 : chance(0.1, 0.04),
      minimal: random() < 0.3 ? random() : 0,
      checksOff: chance(0.2, 0.3),
    },
    workers: between(random, 1, 6),
    batchRows: between(random, 1, 30),
    batchBytes: pick(random, [1024, 4096, 8_388_608, 8_388_608]),
    streamBytes: streams ? 1024 : 16_777_216,
    // A piece of a transaction that somebody's change has come into can't be told from a wrong one.
    splitBytes: streams && !drifts && random() < 0.4 ? pick(random, [1024, 3072]) : null,
    // Seldom: much is applied beyond the checkpoint, and must not be applied again.
    checkpointMs: pick(random, [20, 50, 200, 1000]),
    consistency: isOrdered ? "ordered" : "transaction",
    missingRow,
    flavour,
    gtids: flavour === "mariadb" || random() < 0.5,
    rotate: chance(0.5, 0.2),
    split: chance(0.5, 0.5),
    endless: random() < 0.3,
    // Batches that wait for their turn are only disturbed when an earlier one fails.
    fault: random() * (isMigration ? 0.01 : isOrdered ? 0.1 : 0.05),
    commit: random() * 0.1,
    ddl: random() * 0.4,
    connect: random() * 0.08,
    idle: chance(0.2, 0.05),
    places: isMigration ? 0 : chance(0.5, 0.01),
    violence: random() * 0.4,
    drift: drifts ? random() * 3 : 0,
    locks: chance(0.15, 2),
    jumps: chance(0.2, 2),
    fates: random() * (isMigration ? 0.2 : 0.8),
  };
  // Of a number that is drawn anyway: whether a seed has it changes nothing else of what is drawn.
  return { ...drawn, semiSync: (drawn.fates * 1000) % 1 < 0.3 };
}
