/** The simulation's downstream for tests of single parts: tables, connections, and faults where the test wants them. */
import { Database } from "../chaos/simulation/database/database.ts";
import { Session } from "../chaos/simulation/database/session.ts";
import type { DdlStep } from "../chaos/simulation/database/tables.ts";
import { Gate } from "../chaos/simulation/gate.ts";
import { META_TABLES } from "../chaos/simulation/meta-tables.ts";
import { SimulatedServer } from "../chaos/simulation/server/server.ts";
import { parseStatements } from "../chaos/simulation/sql/parse.ts";
import type { SqlRow } from "../chaos/simulation/sql/statement.ts";
import type { ApplyContext } from "../../src/applier/apply-context.ts";
import { sessionSettings } from "../../src/applier/session.ts";
import type { Connection } from "../../src/mysql/connection.ts";
import type { TableStructure } from "../../src/schema/structure.ts";
import { manualClock, type ManualClock } from "./manual-clock.ts";
import { ScriptedDealer } from "./scripted-dealer.ts";

export interface SimulatedDownstream {
  readonly clock: ManualClock;
  readonly dealer: ScriptedDealer;
  readonly server: SimulatedServer;
  readonly database: Database;
  /** For code under test: takes some time; throws as `connect` of `src/mysql` does. */
  connecting(stage?: string): Promise<Connection>;
  /** For the test itself: time goes on until it is made. */
  connect(stage?: string): Promise<Connection>;
  /** The committed rows of `database.table`. */
  rows(table: string): readonly SqlRow[];
  /** What somebody else does, committed at once. */
  execute(sql: string): Promise<void>;
  /** Time goes on until the work is done; fails when it waits for nothing. */
  done<T>(work: Promise<T>): Promise<T>;
  /** For batches of the task `t`, epoch 1, whose row is there. */
  context(options?: Partial<ApplyContext>): ApplyContext;
}

/** `ddl`: what a text does to the tables of the database `sim`; null: it is no DDL. */
export async function simulatedDownstream(
  tables: readonly TableStructure[],
  ddl: (sql: string) => readonly DdlStep[] | null = () => null,
): Promise<SimulatedDownstream> {
  const clock = manualClock();
  const dealer = new ScriptedDealer();
  const database = new Database({ committed: () => undefined, contended: () => undefined }, clock);
  for (const structure of [...META_TABLES, ...tables]) database.create(structure);
  const server = new SimulatedServer(database, dealer, clock, {
    ddl: (connection, sql) => {
      const steps = ddl(sql);
      if (steps === null) return null;
      return async () => {
        for (const step of steps) await database.ddl(connection.session, step, () => undefined);
      };
    },
    kill: () => undefined,
    freeze: () => undefined,
    trace: () => undefined,
  });
  const done = async <T>(work: Promise<T>): Promise<T> => {
    const state = { isOver: false };
    const over = (): void => {
      state.isOver = true;
    };
    void work.then(over, over);
    await clock.advance(0);
    while (!state.isOver) {
      if (!(await clock.advanceToNext()) && stillWaits(state)) throw new Error("it waits for nothing");
    }
    return work;
  };
  const execute = async (sql: string): Promise<void> => {
    const session = new Session("somebody else");
    for (const statement of parseStatements(sql, [], clock.now())) await done(database.run(session, statement));
  };
  await execute("INSERT INTO `tidemark`.`task` (name, epoch, holder, claimed_at) VALUES ('t', 1, 'us', 0)");
  return {
    clock,
    dealer,
    server,
    database,
    execute,
    done,
    connecting: (stage = "apply") => server.connect("", stage, new Gate()),
    connect: (stage = "apply") => done(server.connect("", stage, new Gate())),
    rows: (table) => database.rows(table),
    context: (options = {}) => ({ ...CONTEXT, clock, ...options }),
  };
}

const CONTEXT: Omit<ApplyContext, "clock"> = {
  claim: { metaSchema: "tidemark", task: "t", epoch: 1 },
  limits: { rowsMax: 1000, charactersMax: 100_000, rowAlias: true },
  settings: sessionSettings({ foreignKeyChecks: true }),
  packetBytesMax: 1_000_000,
  answerMs: 600_000,
  missingRow: "stop",
  turns: null,
  faults: null,
  onMissingRow: () => undefined,
  onRetry: () => undefined,
};

/** Asked anew: the flag changes while time goes on, which the compiler doesn't see. */
function stillWaits({ isOver }: { readonly isOver: boolean }): boolean {
  return !isOver;
}
