import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startServer, type Server } from "../support/servers/index.ts";
import { runInProcess, side, taskOf, type RunningTask } from "../support/tidemark/task-in-process.ts";
import { waitFor } from "../support/wait-for.ts";

const WITHOUT = { "gtid-mode": "OFF", "enforce-gtid-consistency": "OFF" } as const;
const KINDS = [
  { flavour: "mysql", options: WITHOUT },
  { flavour: "mariadb", options: {} },
] as const;

describe.each(KINDS)("a checkpoint that was saved before there were GTIDs: $flavour", ({ flavour, options }) => {
  let upstream: Server;
  let downstream: Server;
  let task: RunningTask | null = null;

  beforeAll(async () => {
    [upstream, downstream] = await Promise.all([startServer({ flavour, options }), startServer({ flavour })]);
  });
  afterAll(() => Promise.all([upstream.stop(), downstream.stop()]));
  beforeEach(async () => {
    for (const server of [upstream, downstream])
      await server.exec("DROP DATABASE IF EXISTS shop; CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY)");
  });
  afterEach(async () => {
    await task?.stop();
    task = null;
  });

  const start = (name: string): RunningTask => {
    task = runInProcess(
      taskOf(`
name: ${name}
upstream: { ${side(upstream)} }
downstream: { ${side(downstream)} }
tables: { include: ["shop.*"] }
checkpoint: { interval: 50ms }
status: { listen: off }`),
    );
    return task;
  };
  const follow = async (name: string): Promise<RunningTask> => {
    const started = start(name);
    await started.until("the task reads", (status) => status.upstream.connectedSince !== null);
    return started;
  };
  const write = async (id: number): Promise<void> => {
    await upstream.exec(`INSERT INTO shop.t VALUES (${id})`);
    await waitFor(
      async () =>
        (await downstream.query("SELECT id FROM shop.t WHERE id = " + String(id))).length === 1 ? true : undefined,
      { what: `row ${id}`, explain: () => JSON.stringify(task?.status()) },
    );
  };
  const saved = (current: RunningTask): Promise<string> =>
    current
      .until(
        "the checkpoint",
        ({ checkpoint, received }) => checkpoint !== null && checkpoint.offset === received?.offset,
      )
      .then(({ checkpoint }) => checkpoint?.gtids ?? "");

  test("of a log that was empty: GTIDs are known from the first transaction on, in later sessions too", async () => {
    const on = flavour === "mysql" ? "RESET BINARY LOGS AND GTIDS" : "RESET MASTER";
    if (flavour === "mysql") await turnOn();
    await upstream.exec(on);
    await follow("empty");
    // Nothing has been written: the checkpoint of the beginning is all that there is.
    await task?.stop();
    const [row] = await downstream.query("SELECT gtids FROM tidemark.checkpoint WHERE task = 'empty'");
    expect(row).toEqual({ gtids: "" });
    const again = await follow("empty");
    await write(1);
    expect(await saved(again)).not.toBe("");
    await again.stop();
    const last = await follow("empty");
    await write(2);
    expect(last.status().applied?.gtids).not.toBe("");
    expect(await downstream.query("SELECT id FROM shop.t")).toHaveLength(2);
  });

  test.runIf(flavour === "mysql")("of a MySQL with gtid_mode=OFF, which is turned on since", async () => {
    await turnOff();
    const current = await follow("turned");
    await write(1);
    expect(await saved(current)).toBe("");
    await turnOn();
    await write(2);
    // What is in the file beside it has no GTID: a session that begins now goes on by file and offset.
    await current.stop();
    const further = await follow("turned");
    await write(3);
    await further.until("its end", ({ lag }) => lag.caughtUp);
    await further.stop();
    const later = await follow("turned");
    await write(4);
    expect(await saved(later)).toMatch(/^[0-9a-f-]{36}:\d/);
    expect(await downstream.query("SELECT id FROM shop.t")).toHaveLength(4);
  });

  // It went on by GTID, from the first file that holds one: what had been written before was never read.
  test.runIf(flavour === "mysql")(
    "of a file that was empty then, and has transactions without a GTID since",
    async () => {
      await turnOff();
      const current = await follow("head");
      await upstream.exec("FLUSH BINARY LOGS");
      await current.until(
        "the new file's head",
        ({ checkpoint, lag }) => lag.caughtUp && (checkpoint?.offset ?? 0) < 300,
      );
      expect(await saved(current)).toBe("");
      await current.stop();
      await upstream.exec("INSERT INTO shop.t VALUES (1)");
      await turnOn();
      // A MySQL sends them to nobody while its gtid_mode is ON.
      expect(await start("head").ended).toMatchObject({ name: "gtid_mode_mismatch" });
      await upstream.query("SET GLOBAL gtid_mode = ON_PERMISSIVE");
      await follow("head");
      await write(2);
      expect(await downstream.query("SELECT id FROM shop.t")).toHaveLength(2);
    },
  );

  test.runIf(flavour === "mysql")(
    "with GTIDs, behind which others without follow, stops instead of leaving them out",
    async () => {
      await turnOn();
      const current = await follow("between");
      await write(1);
      expect(await saved(current)).not.toBe("");
      await current.stop();
      await turnOff();
      await upstream.exec("INSERT INTO shop.t VALUES (2)");
      await turnOn();
      expect(await start("between").ended).toMatchObject({ name: "gtid_mode_mismatch" });
      await upstream.query("SET GLOBAL gtid_mode = ON_PERMISSIVE");
      await follow("between");
      await write(3);
      expect(await downstream.query("SELECT id FROM shop.t")).toHaveLength(3);
    },
  );

  /** Online, a step at a time, as the manual says. */
  async function turnOn(): Promise<void> {
    await upstream.exec("SET GLOBAL enforce_gtid_consistency = ON");
    for (const mode of ["OFF_PERMISSIVE", "ON_PERMISSIVE", "ON"])
      await upstream.query(`SET GLOBAL gtid_mode = ${mode}`);
  }
  async function turnOff(): Promise<void> {
    for (const mode of ["ON_PERMISSIVE", "OFF_PERMISSIVE", "OFF"]) {
      await upstream.query(`SET GLOBAL gtid_mode = ${mode}`);
    }
  }
});
