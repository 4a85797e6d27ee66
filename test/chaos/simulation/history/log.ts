/** A history in the bytes of a server's log. Two servers with one history have the same GTIDs at other places. */
import { type Gtid, gtidText } from "../../../../src/binlog/gtid.ts";
import type { Flavour, ServerInfo } from "../../../../src/mysql/flavour.ts";
import { BinlogBuilder, type BuiltRow } from "../../../support/binlog-builder.ts";
import type { Random } from "../random.ts";
import type { SqlRow } from "../sql/statement.ts";
import type { History, HistoryTransaction, LoggedRows } from "./history.ts";

export interface LoggedEvent {
  readonly file: string;
  readonly start: number;
  readonly end: number;
  readonly bytes: Buffer;
  /** The transaction that it belongs to; 0: none. */
  readonly number: number;
}

export interface Place {
  readonly file: string;
  readonly offset: number;
}

export interface UpstreamLog {
  readonly server: ServerInfo;
  readonly gtids: boolean;
  readonly events: readonly LoggedEvent[];
  /** Where each transaction ends, by its number; 0: where the log begins. */
  readonly ends: readonly Place[];
}

const SOURCE_UUID = "3e11fa47-71ca-11e1-9e33-c80aa9429562";

/** The GTID of a transaction, on any server. */
export function gtidOf(flavour: Flavour, number: number): Gtid {
  if (flavour === "mariadb") return { flavour, domain: 0, server: 1, sequence: number };
  return { flavour, source: SOURCE_UUID, tag: "", number };
}

/** FL_STANDALONE of MariaDB's GTID event. */
const STANDALONE = 1;

export interface LogOptions {
  readonly server: ServerInfo;
  readonly gtids: boolean;
  /** Of the first file: `binlog.000001`. */
  readonly file: string;
  /** Probability of a new file, and of one row per event, per transaction. */
  readonly rotate: number;
  readonly split: number;
}

export function writeLog(history: History, random: Random, options: LogOptions): UpstreamLog {
  return new LogWriter(random, options).write(history);
}

/** Status variable Q_AUTO_INCREMENT (3) of a Query event, increment and offset: a setting that the downstream may refuse. */
const AUTO_INCREMENT = Buffer.of(3, 2, 0, 1, 0);

class LogWriter {
  readonly #random: Random;
  readonly #options: LogOptions;
  readonly #log: BinlogBuilder;
  readonly #events: LoggedEvent[] = [];
  #number = 0;

  constructor(random: Random, options: LogOptions) {
    this.#random = random;
    this.#options = options;
    const { file, server } = options;
    this.#log = new BinlogBuilder({ file, serverId: server.serverId, serverVersion: server.version });
  }

  write(history: History): UpstreamLog {
    const { server, gtids, file, rotate } = this.#options;
    this.#add(() => this.#log.formatDescription());
    const ends: Place[] = [{ file, offset: 4 }];
    for (const transaction of history.transactions) {
      this.#number = transaction.number;
      this.#transaction(transaction);
      ends.push({ file: this.#log.file, offset: this.#log.offset });
      this.#number = 0;
      if (this.#random() < rotate) this.#rotate();
    }
    return { server, gtids, events: this.#events, ends };
  }

  #add(make: () => Buffer): void {
    const { file, offset } = this.#log;
    const bytes = make();
    const end = this.#log.file === file ? this.#log.offset : offset + bytes.length;
    this.#events.push({ file, start: offset, end, bytes, number: this.#number });
  }

  #rotate(): void {
    const { file } = this.#log;
    const dot = file.lastIndexOf(".");
    const next = `${file.slice(0, dot)}.${String(Number(file.slice(dot + 1)) + 1).padStart(6, "0")}`;
    this.#add(() => this.#log.rotate(next));
    this.#add(() => this.#log.formatDescription());
  }

  #transaction({ number, logged, ddl }: HistoryTransaction): void {
    const isMariadb = this.#options.server.flavour === "mariadb";
    const isAlone = ddl !== null && !ddl.withRows;
    if (isMariadb) this.#add(() => this.#log.mariadbGtid(`0-1-${number}`, isAlone ? STANDALONE : 0));
    else this.#add(() => this.#log.gtid(this.#options.gtids ? gtidText(gtidOf("mysql", number)) : null));
    // MariaDB's GTID event says BEGIN as well.
    if (!isMariadb && !isAlone) this.#add(() => this.#log.query("BEGIN"));
    if (ddl !== null) {
      const sql = ddl.withRows && !isMariadb ? `${ddl.sql} START TRANSACTION` : ddl.sql;
      this.#add(() => this.#log.query(sql, { database: "sim", status: AUTO_INCREMENT }));
    }
    if (isAlone) return;
    const isSplit = this.#random() < this.#options.split;
    for (const rows of logged) {
      if (isSplit) for (const row of rows.rows) this.#rows({ ...rows, rows: [row] });
      else this.#rows(rows);
    }
    this.#add(() => this.#log.xid());
  }

  /** Table map and rows. */
  #rows(logged: LoggedRows): void {
    const { built, rows, foreignKeyChecksOff, minimal } = logged;
    const names = built.columns.map(({ name }) => name);
    const values = (row: SqlRow | null): BuiltRow => names.map((name) => row?.[name] ?? null);
    const options = { foreignKeyChecksOff, ...(minimal ? minimalImages(logged, names) : {}) };
    const [first] = rows;
    this.#add(() => this.#log.tableMap(built));
    this.#add(() => {
      if (first?.before === null)
        return this.#log.writeRows(
          built,
          rows.map(({ after }) => values(after)),
          true,
          options,
        );
      if (first?.after === null)
        return this.#log.deleteRows(
          built,
          rows.map(({ before }) => values(before)),
          true,
          options,
        );
      const images = rows.flatMap(({ before, after }) => [values(before), values(after)]);
      return this.#log.updateRows(built, images, true, options);
    });
  }
}

/** binlog_row_image=MINIMAL: the key before, what the statement set after. Inserts set every column here. */
function minimalImages({ rows, primaryKey }: LoggedRows, names: readonly string[]) {
  const ordinals = (wanted: (name: string) => boolean): number[] =>
    names.flatMap((name, index) => (wanted(name) ? [index] : []));
  const [first] = rows;
  if (first?.before === null || first === undefined) return {};
  const before = primaryKey.length === 0 ? ordinals(() => true) : ordinals((name) => primaryKey.includes(name));
  if (first.after === null) return { before };
  const changed = new Set(
    rows.flatMap((row) => names.filter((name) => (row.before?.[name] ?? null) !== (row.after?.[name] ?? null))),
  );
  return { before, after: ordinals((name) => changed.has(name)) };
}
