/**
 * Decoding: a server's binlog file from memory to whole transactions with every value, on one core. Beside it, in turn:
 *
 * - @vlasky/zongji: rows only. It verifies no checksums, makes no transactions, gives all BLOBs as views of the file (ours: the
 *   large ones), and JSON, DECIMAL and numbers above 2^53 in a way that is not exact.
 * - `mysqlbinlog --verify-binlog-checksum`: reads the file and prints its rows undecoded (as Base64), to nowhere.
 *
 * A turn of ours and of zongji is a process of its own, whose fastest pass over the file counts; of mysqlbinlog, the
 * fastest of as many processes.
 */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { startServer, type Server } from "../support/servers/index.ts";
import {
  ALLOCATION_FLAGS,
  PASSES,
  type AllocationResult,
  type ColumnRow,
  type DecodeResult,
} from "./decode-subject.ts";
import { DECODE_WORKLOADS, PREPARE, type DecodeWorkload } from "./decode-workloads.ts";
import { figureOf, type Figure, type Suite, type SuiteOptions } from "./figure.ts";

const RUNS = 3;
const run = promisify(execFile);

/** A file of a server's log that holds one workload. */
interface LogFile {
  readonly path: string;
  readonly bytes: number;
  readonly rows: number;
}

export const decodeSuite: Suite = async (options) => {
  const folder = mkdtempSync(join(tmpdir(), "tidemark-decode-"));
  const server = await startServer({
    flavour: "mysql",
    options: {
      "max-binlog-size": "1G",
      "max-allowed-packet": "1G",
      "secure-file-priv": "",
      "innodb-buffer-pool-size": "512M",
    },
  });
  try {
    await server.exec(PREPARE);
    const figures: Figure[] = [];
    for (const workload of DECODE_WORKLOADS) figures.push(...(await measure(server, folder, workload, options)));
    return figures;
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true });
  }
};

async function measure(
  server: Server,
  folder: string,
  workload: DecodeWorkload,
  { quick, say }: SuiteOptions,
): Promise<readonly Figure[]> {
  const log = await makeLog(server, folder, workload, quick ? workload.rows.quick : workload.rows.full);
  const seconds: Record<"tidemark" | "zongji" | "mysqlbinlog", number[]> = {
    tidemark: [],
    zongji: [],
    mysqlbinlog: [],
  };
  for (let turn = 1; turn <= (quick ? 1 : RUNS); turn++) {
    for (const subject of ["zongji", "tidemark"] as const) seconds[subject].push(await decodeOnce(subject, log));
    const native = await mysqlbinlogFastest(server, log);
    if (native !== null) seconds.mysqlbinlog.push(native);
  }
  const allocated: Partial<Record<keyof typeof seconds, number>> = {
    tidemark: await allocatedPerRow("tidemark", log),
    zongji: await allocatedPerRow("zongji", log),
  };
  const upstream = `mysql-${server.version.split(".").slice(0, 2).join(".")}`;
  return (["tidemark", "zongji", "mysqlbinlog"] as const).flatMap((subject) => {
    const samples = seconds[subject];
    if (samples.length === 0) return [];
    const what = { suite: "decode", workload: workload.name, upstream, downstream: null, subject } as const;
    const rows = figureOf(
      { ...what, figure: "rowsPerSecond", unit: "rows/s" },
      samples.map((each) => log.rows / each),
    );
    const megabytes = samples.map((each) => log.bytes / each / 1e6);
    say(`${workload.name} ${subject}: ${Math.round(rows.median)} rows/s`);
    const figures = [rows, figureOf({ ...what, figure: "megabytesPerSecond", unit: "MB/s" }, megabytes)];
    const bytesPerRow = allocated[subject];
    if (bytesPerRow === undefined) return figures;
    return [...figures, figureOf({ ...what, figure: "allocatedBytesPerRow", unit: "bytes/row" }, [bytesPerRow])];
  });
}

/** Runs the workload in a file of its own, and fetches that. */
async function makeLog(server: Server, folder: string, workload: DecodeWorkload, rows: number): Promise<LogFile> {
  await server.exec(`SET SESSION sql_log_bin = 0; USE bench_decode; ${workload.prepare}`);
  await server.query("FLUSH BINARY LOGS");
  const [status] = await server.query<{ File: string }>("SHOW BINARY LOG STATUS");
  await server.exec(workload.log(rows), "bench_decode");
  await server.query("FLUSH BINARY LOGS");
  const [file] = await server.query<{ log: unknown }>(`SELECT LOAD_FILE(CONCAT(@@datadir, '${status?.File}')) AS log`);
  if (!Buffer.isBuffer(file?.log)) throw new Error(`the server does not hand out its file ${status?.File}`);
  const path = join(folder, workload.name);
  writeFileSync(path, file.log);
  const columns = await server.query<Record<keyof ColumnRow, unknown>>(
    `SELECT COLUMN_NAME, COLLATION_NAME, CHARACTER_SET_NAME, COLUMN_COMMENT, COLUMN_TYPE FROM information_schema.COLUMNS
     WHERE TABLE_SCHEMA = 'bench_decode' AND TABLE_NAME = '${workload.name.replaceAll("-", "_")}' ORDER BY ORDINAL_POSITION`,
  );
  writeFileSync(`${path}.columns.json`, JSON.stringify(columns));
  return { path, bytes: file.log.length, rows };
}

/** Seconds that a process took; it must have found every row. */
async function decodeOnce(subject: "tidemark" | "zongji", log: LogFile): Promise<number> {
  const script = join(import.meta.dirname, "decode-subject.ts");
  const { stdout } = await run(process.execPath, [script, subject, log.path]);
  const result: DecodeResult = JSON.parse(stdout);
  if (result.rows !== log.rows) throw new Error(`${subject} found ${result.rows} of ${log.rows} rows in ${log.path}`);
  return result.seconds;
}

/** Bytes that a process allocates for a row, on its heap and beside it. */
async function allocatedPerRow(subject: "tidemark" | "zongji", log: LogFile): Promise<number> {
  const script = join(import.meta.dirname, "decode-subject.ts");
  const { stdout } = await run(process.execPath, [...ALLOCATION_FLAGS, script, subject, log.path, "allocation"]);
  const result: AllocationResult = JSON.parse(stdout);
  return result.bytes / result.rows;
}

async function mysqlbinlogFastest(server: Server, log: LogFile): Promise<number | null> {
  let fastest: number | null = null;
  for (let pass = 0; pass < PASSES; pass += 1) {
    const seconds = await mysqlbinlogOnce(server, log);
    if (seconds === null) return null;
    fastest = Math.min(fastest ?? seconds, seconds);
  }
  return fastest;
}

/** null where the program is not on this machine. */
async function mysqlbinlogOnce(server: Server, log: LogFile): Promise<number | null> {
  const [program, ...args] = server.dataDir === null ? [] : (server.tools.mysqlbinlog ?? []);
  if (program === undefined) return null;
  const nowhere = openSync("/dev/null", "w");
  try {
    const start = performance.now();
    const child = spawn(program, [...args, "--no-defaults", "--verify-binlog-checksum", log.path], {
      stdio: ["ignore", nowhere, "inherit"],
    });
    const [code] = await once(child, "exit");
    if (code !== 0) throw new Error(`mysqlbinlog ended with ${code}`);
    return (performance.now() - start) / 1000;
  } finally {
    closeSync(nowhere);
  }
}
