/**
 * What must hold after every commit, whatever happened (S5): downstream is exactly the serial replay of the
 * transactions that were applied so far, each once; and everything before the stored checkpoint is applied.
 */
import { parseGtidSet } from "../../../src/binlog/gtid-set.ts";
import type { TableStructure } from "../../../src/schema/structure.ts";
import type { Database } from "./database/database.ts";
import type { DdlStep } from "./database/tables.ts";
import { FILTERED, type History, type HistoryTransaction, UNTRANSACTED } from "./history/history.ts";
import { gtidOf, type UpstreamLog } from "./history/log.ts";
import { APPLIED_BATCH_TABLE, CHECKPOINT_TABLE, STRUCTURE_TABLE } from "./meta-tables.ts";
import { ReplayModel } from "./replay-model.ts";
import type { Scenario } from "./scenario.ts";
import type { SqlRow } from "./sql/statement.ts";

export interface OracleOptions {
  readonly history: History;
  readonly logs: readonly UpstreamLog[];
  readonly database: Database;
  readonly scenario: Scenario;
  readonly trace: (line: string) => void;
}

/** The tables that are copied. */
const SIM = "sim.";

export class Oracle {
  readonly #options: OracleOptions;
  readonly model: ReplayModel;
  readonly #applied = new Set<number>();
  readonly #fencesSeen = new Set<string>();
  /** Transactions of which pieces are committed (S12): until the last one is, nobody says how downstream must look. */
  readonly #inPieces = new Set<number>();
  /** Tables that were touched since they were compared: what hasn't changed is still equal. */
  readonly #uncompared = new Set<string>();
  /** DDL that was carried out to its end; and those of which a part was. */
  readonly #ddlDone = new Set<number>();
  readonly #ddlBegun = new Set<number>();
  #saved = 0;
  /** The first thing that must never happen and did; the run ends with it. */
  failure: string | null = null;

  constructor(options: OracleOptions) {
    this.#options = options;
    this.model = new ReplayModel(options.history.structures.filter(({ table }) => table !== FILTERED));
    this.#applyEmpty();
  }

  fail(message: string): void {
    this.failure ??= message;
  }

  get isAllApplied(): boolean {
    return this.#applied.size === this.#options.history.transactions.length;
  }

  /** Everything is applied, and the checkpoint stands at the end. */
  get isAllSaved(): boolean {
    const [checkpoint] = this.#options.database.rows(CHECKPOINT_TABLE);
    if (checkpoint === undefined || !this.isAllApplied) return false;
    return this.#savedNumber(checkpoint) === this.#applied.size;
  }

  isDdlDone(number: number): boolean {
    return this.#ddlDone.has(number);
  }

  /** Two transactions of one process's workers want one row: the scheduler let batches run side by side that conflict. */
  contended(waiting: string, holder: string, table: string): void {
    const [a, b] = [processOf(waiting), processOf(holder)];
    if (a === b && table.startsWith("sim.")) this.fail(`K2: ${waiting} and ${holder} meet in ${table}`);
  }

  /** A transaction downstream has become visible; `tables`: those that it changed. */
  committed(label: string, tables: ReadonlySet<string>): void {
    if (this.failure !== null) return;
    for (const table of tables) if (table.startsWith(SIM)) this.#uncompared.add(table.slice(SIM.length));
    if (tables.has(APPLIED_BATCH_TABLE)) this.#applyFences(label);
    this.#uncompared.delete(UNTRANSACTED);
    if (this.#uncompared.size > 0 && this.#inPieces.size === 0) this.#compare(label, this.#uncompared);
    if (tables.has(CHECKPOINT_TABLE) || tables.has(STRUCTURE_TABLE)) this.#checkCheckpoint();
    if (this.#options.scenario.consistency === "ordered") this.#checkPrefix(label);
  }

  /** Rows of applied_batch that appeared say which transactions have become visible; their tables are to be compared. */
  #applyFences(label: string): void {
    for (const row of this.#options.database.rows(APPLIED_BATCH_TABLE)) {
      const id = `${row["epoch"]}/${row["sequence"]}`;
      if (this.#fencesSeen.has(id)) continue;
      this.#fencesSeen.add(id);
      const numbers = this.#numbersOf(row);
      this.#options.trace(`${label} has committed batch ${id}: transactions ${numbers.join(" ")}`);
      if (row["rows_through"] !== null) numbers.forEach((number) => this.#piece(number, label));
      else for (const number of numbers) if (!this.#applied.has(number)) this.#replay(this.#transaction(number), label);
    }
  }

  #piece(number: number, label: string): void {
    this.#options.trace(`${label} has committed a piece of transaction ${number}`);
    if (this.#options.scenario.splitBytes === null) this.fail(`S13: ${label} has cut transaction ${number}`);
    if (this.#applied.has(number))
      this.fail(`S5: ${label} applied a piece of transaction ${number}, which was applied`);
    else this.#inPieces.add(number);
  }

  /** An operator has undone what was applied of them. */
  piecesUndone(): void {
    this.#inPieces.clear();
  }

  /** The transactions of an applied batch: by its GTIDs where it has them, else by its place. */
  #numbersOf(row: SqlRow): number[] {
    const gtids = String(row["gtids"]);
    if (gtids !== "") return numbersIn(gtids);
    // The end of a piece is inside its transaction.
    if (row["rows_through"] !== null)
      return [this.#numberAt(String(row["start_file"]), Number(row["start_offset"])) + 1];
    const first = this.#numberAt(String(row["start_file"]), Number(row["start_offset"])) + 1;
    const last = this.#numberAt(String(row["end_file"]), Number(row["end_offset"]));
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  }

  /** The last transaction before a place of one of the logs. */
  #numberAt(file: string, offset: number): number {
    const prefix = file.slice(0, file.lastIndexOf("."));
    const log = this.#options.logs.find(({ ends }) => ends[0]?.file.startsWith(prefix));
    if (log === undefined) throw new Error(`no upstream has a file ${file}`);
    return log.ends.findLastIndex((end) => end.file < file || (end.file === file && end.offset <= offset));
  }

  #transaction(number: number): HistoryTransaction {
    const found = this.#options.history.transactions[number - 1];
    if (found === undefined) throw new Error(`no transaction ${number}`);
    return found;
  }

  /** Transactions without an effect have nothing to wait for. */
  #applyEmpty(): void {
    for (const { number, operations, ddl } of this.#options.history.transactions) {
      if (operations.length === 0 && (ddl === null || ddl.steps.length === 0)) this.#applied.add(number);
    }
  }

  #replay({ number, operations, ddl }: HistoryTransaction, label: string): void {
    if (ddl !== null && !this.#ddlDone.has(number)) {
      this.fail(`D1: ${label} applied rows of transaction ${number} before its DDL`);
      return;
    }
    this.#applied.add(number);
    this.#inPieces.delete(number);
    for (const { table } of operations) this.#uncompared.add(table);
    const missing = operations.find((operation) => !this.model.apply(operation));
    if (missing !== undefined)
      this.fail(
        `K2: ${label} applied transaction ${number} before the row of ${missing.table} that it changes was there`,
      );
  }

  /** A step of a DDL takes effect: everything before it is applied, nothing behind it. */
  ddlStep(number: number, step: DdlStep): void {
    if (this.#ddlDone.has(number) && step.kind !== "truncate") this.fail(`D1: DDL ${number} ran twice`);
    if (!this.#ddlBegun.has(number)) {
      const { transactions } = this.#options.history;
      const before = transactions.find((t) => t.number < number && !this.#applied.has(t.number));
      if (before !== undefined) this.fail(`S3: DDL ${number} ran before transaction ${before.number}`);
    }
    this.#ddlBegun.add(number);
    this.#options.trace(`DDL ${number} takes effect: ${JSON.stringify(step).slice(0, 120)}`);
    const behind = this.#options.history.transactions.find(
      (t) => t.number > number && t.operations.length > 0 && this.#applied.has(t.number),
    );
    if (behind !== undefined) this.fail(`S3: DDL ${number} ran after transaction ${behind.number}`);
    this.model.step(step);
  }

  ddlDone(number: number): void {
    this.#ddlDone.add(number);
    if (this.#transaction(number).operations.length === 0) this.#applied.add(number);
  }

  /** An operator has undone a DDL by hand. */
  ddlUndone(number: number, back: DdlStep): void {
    this.model.step(back);
    this.#ddlDone.delete(number);
    this.#ddlBegun.delete(number);
    this.#applied.delete(number);
  }

  #compare(label: string, tables: Iterable<string>): void {
    const difference = this.model.difference((table) => this.#options.database.rows(`${SIM}${table}`), tables);
    this.#uncompared.clear();
    if (difference !== null) this.fail(`S5: after a commit of ${label}, ${difference}`);
  }

  /** S1: everything before the checkpoint is applied, and the structures that are stored with it are those of that place. */
  #checkCheckpoint(): void {
    const { database, history } = this.#options;
    const [checkpoint] = database.rows(CHECKPOINT_TABLE);
    if (checkpoint === undefined) return;
    const number = this.#savedNumber(checkpoint);
    if (number !== this.#saved) this.#options.trace(`the checkpoint is behind transaction ${number}`);
    this.#saved = number;
    const late = history.transactions.find((t) => t.number <= number && !this.#applied.has(t.number));
    if (late !== undefined) this.fail(`S1: the checkpoint is behind transaction ${late.number}, which was not applied`);
    this.#checkStructures(number);
  }

  /** The upstream has heard, by an acknowledgement or because its log was asked for from there on, that all before this place is durable. */
  acknowledged(file: string, offset: number): void {
    const number = this.#numberAt(file, offset);
    const [checkpoint] = this.#options.database.rows(CHECKPOINT_TABLE);
    const saved = checkpoint === undefined ? 0 : this.#savedNumber(checkpoint);
    if (number > saved) {
      this.fail(`R24: transaction ${number} was acknowledged, and the checkpoint is behind transaction ${saved}`);
    }
  }

  /** Up to where a checkpoint says that all is applied: by its GTIDs where it has them, else by its place. */
  #savedNumber(checkpoint: SqlRow): number {
    const gtids = String(checkpoint["gtids"]);
    if (gtids === "") return this.#numberAt(String(checkpoint["file"]), Number(checkpoint["file_offset"]));
    const { flavour } = this.#options.scenario;
    const set = parseGtidSet(flavour, gtids);
    return this.#options.history.transactions.findLastIndex(({ number }) => set.contains(gtidOf(flavour, number))) + 1;
  }

  #checkStructures(number: number): void {
    const { database, history } = this.#options;
    const place = [...history.shapes.keys()].filter((key) => key <= number).at(-1) ?? 0;
    const expected = history.shapes.get(place);
    const stored = new Map(
      database.rows(STRUCTURE_TABLE).map((row) => {
        const structure: Pick<TableStructure, "table" | "columns"> = JSON.parse(String(row["structure"]));
        return [structure.table, structure.columns.map(({ name }) => name).join()];
      }),
    );
    stored.delete(FILTERED);
    const wanted = [...(expected ?? [])].map(([table, columns]): [string, string] => [table, columns.join()]);
    const wrong = wanted.find(([table, columns]) => stored.get(table) !== columns);
    if (wrong !== undefined)
      this.fail(
        `D2: ${wrong[0]} is stored with ${stored.get(wrong[0])} at transaction ${number}, not with ${wrong[1]}`,
      );
    if (wrong === undefined && stored.size !== wanted.length)
      this.fail(`D2: ${stored.size} tables are stored, not ${wanted.length}`);
  }

  /** S13 */
  #checkPrefix(label: string): void {
    const last = Math.max(...this.#applied);
    const gap = this.#options.history.transactions.find((t) => t.number < last && !this.#applied.has(t.number));
    const beyond = this.#options.history.transactions.find(
      (t) => gap !== undefined && t.number > gap.number && t.operations.length > 0 && this.#applied.has(t.number),
    );
    if (beyond !== undefined) this.fail(`S13: ${label} made ${beyond.number} visible before ${gap?.number}`);
  }

  /** At the end everything is applied (in the table without transactions too, if nothing went wrong), and nothing is kept that the checkpoint covers. */
  finished(isUndisturbed: boolean): void {
    if (this.failure !== null) return;
    const left = this.#options.history.transactions.find(({ number }) => !this.#applied.has(number));
    if (left !== undefined) this.fail(`transaction ${left.number} was never applied`);
    // Rows of the table without transactions are there before their transaction is, and may come again (S12).
    this.#compare(
      "the end",
      this.model.names.filter((table) => isUndisturbed || table !== UNTRANSACTED),
    );
    const rows: readonly SqlRow[] = this.#options.database.rows(APPLIED_BATCH_TABLE);
    if (rows.length > 0)
      this.fail(`rows of applied batches are left behind the last checkpoint: ${JSON.stringify(rows)}`);
  }
}

function processOf(label: string): string {
  return label.slice(0, label.indexOf("/"));
}

/** `uuid:1-3:5` (MySQL) or `0:1-3` (MariaDB): the numbers of one source. */
function numbersIn(gtids: string): number[] {
  return [...gtids.matchAll(/:(\d+)(?:-(\d+))?/g)].flatMap(([, first, last]) => {
    const from = Number(first);
    return Array.from({ length: Number(last ?? first) - from + 1 }, (_, i) => from + i);
  });
}
