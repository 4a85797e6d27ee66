import { afterEach, beforeEach, expect, test } from "vitest";
import { startServer, type Server } from "../support/servers/index.ts";
import { runInProcess, side, taskOf, type RunningTask } from "../support/tidemark/task-in-process.ts";

let upstream: Server;
let downstream: Server;
let task: RunningTask | null = null;

beforeEach(async () => {
  [upstream, downstream] = await Promise.all([
    startServer({ flavour: "mariadb", options: { "gtid-strict-mode": "OFF" } }),
    startServer({ flavour: "mariadb" }),
  ]);
  // Without a key nothing hides a row that comes twice.
  const script = "CREATE DATABASE shop; CREATE TABLE shop.t (n INT)";
  await Promise.all([upstream.exec(script), downstream.exec(script)]);
});
afterEach(async () => {
  await task?.stop();
  task = null;
  await Promise.all([upstream, downstream].map((server) => server.stop()));
});

/** Runs the task until all is applied and saved, and ends it. */
async function catchUp(): Promise<void> {
  const text = `
name: numbers
upstream: { ${side(upstream)} }
downstream: { ${side(downstream)} }
tables: { include: ["shop.*"] }
checkpoint: { interval: 100ms }
status: { listen: "127.0.0.1:8261" }`;
  task = runInProcess(taskOf(text));
  await task.until("all is applied", ({ lag }) => lag.caughtUp && lag.behindTransactions === 0);
  await task.stop();
  task = null;
}

/** One transaction for each number, as a replica logs those of its source `server`: with the source's numbers. */
async function logAs(server: number, numbers: readonly number[]): Promise<void> {
  const each = numbers.map((n) => `SET SESSION gtid_seq_no = ${n}; INSERT INTO shop.t VALUES (${1000 * server + n})`);
  await upstream.exec(`SET SESSION server_id = ${server}; ${each.join("; ")}`);
}

async function rowsOf(server: Server): Promise<readonly number[]> {
  return (await server.query("SELECT n FROM shop.t ORDER BY n")).map(({ n }) => Number(n));
}

async function positionOf(server: Server, query: string): Promise<string> {
  const [row] = await server.query(query);
  return String(row?.["gtids"]);
}

// What broke: the checkpoint kept the largest number of the domain, so a restart read again what had been logged after it.
test("S5, T7, G23: where numbers of a domain go back (gtid_strict_mode=0), every restart goes on behind the last one logged", async () => {
  await catchUp();
  await logAs(7, [900, 901, 902]);
  await logAs(5, [800, 801]);
  await catchUp();
  const end = await positionOf(upstream, "SELECT @@GLOBAL.gtid_binlog_pos AS gtids");
  expect(end).toBe("0-5-801");
  expect(await positionOf(downstream, "SELECT gtids FROM tidemark.checkpoint")).toBe(end);
  await logAs(5, [802]);
  await catchUp();
  // The same number again, of the other server; and a checkpoint whose number is above the log's end.
  await logAs(7, [903]);
  await catchUp();
  await logAs(5, [803, 903]);
  await upstream.exec("FLUSH BINARY LOGS");
  await catchUp();
  expect(await rowsOf(downstream)).toEqual([5800, 5801, 5802, 5803, 5903, 7900, 7901, 7902, 7903]);
  expect(await rowsOf(downstream)).toEqual(await rowsOf(upstream));
});
