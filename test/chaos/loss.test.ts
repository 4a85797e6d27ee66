import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { connect } from "../../src/mysql/connection.ts";
import { readEnd } from "../../src/upstream/start.ts";
import { describeDifferences } from "../support/compare.ts";
import { makeLossyLink, whyNoLossyLink } from "../support/network/lossy-link.ts";
import { startReading } from "../support/read-upstream.ts";
import { findSource } from "../support/servers/index.ts";
import { describeLoss, runLoss, startBehind } from "./loss/run.ts";

// `node test/chaos/loss.ts` is the long run (N1, N4); TIDEMARK_LOSS_SECONDS makes this one longer.
const seconds = Number(process.env["TIDEMARK_LOSS_SECONDS"] ?? 30);
const impossible = (await whyNoLossyLink()) ?? (await whyNoServer());
if (impossible !== null) console.log(`[loss] the lossy network is left out: ${impossible}`);

async function whyNoServer(): Promise<string | null> {
  const { origin } = await findSource("mysql");
  return origin === "docker" ? "servers run in containers here, with networks of their own" : null;
}

test.skipIf(impossible !== null)(
  "N2: while 60 % of its packets get lost the upstream is read on, nothing fails, and soon behind the loss both sides are equal",
  { timeout: 180_000 + seconds * 1000 },
  async () => {
    const report = await runLoss({ flavour: "mysql", seconds, loss: 0.6, tell: () => {} });
    console.log(`[loss] 60 % for ${seconds} s: ${describeLoss(report)}`);
    expect(describeDifferences(report.differences)).toBe("no differences");
    expect(report.caughtUpSeconds).toBeLessThan(10);
    expect(report.counts.reduce((sum, { count }) => sum + count, 0)).toBe(report.reconnects);
    expect(report.reconnects).toBeGreaterThan(0);
    // Under a retry delay of a second; the first attempt after durable progress comes at once.
    expect(report.attemptsPerSecond).toBeLessThanOrEqual(2);
  },
);

test.skipIf(impossible !== null)(
  "N3: a flow that a firewall has forgotten is noticed within the net timeout and a second, and read on over another",
  { timeout: 180_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "tidemark-loss-"));
    const link = await makeLossyLink();
    const server = await startBehind(link, "mysql", folder);
    try {
      await server.exec("CREATE DATABASE shop; CREATE TABLE shop.orders (id INT PRIMARY KEY)");
      const admin = await connect(server.address);
      const start = await readEnd(admin);
      await admin.close();
      const upstream = { ...server.address, host: link.lossy, netTimeoutMs: 2000, serverId: 4711 };
      const reading = startReading({ upstream, flavour: "mysql", start, database: "shop" });
      try {
        await reading.until("a heartbeat", () => reading.reader.state.heartbeats > 1);
        const [dump] = await server.query(
          "SELECT HOST AS host FROM information_schema.PROCESSLIST WHERE COMMAND LIKE 'Binlog Dump%'",
        );
        const port = Number(String(dump?.["host"]).split(":").at(-1));
        await link.forget(port);
        await server.query("INSERT INTO shop.orders VALUES (1)");
        let lastContactMs = 0;
        await reading.until("the end of the connection", () => {
          if (reading.reader.state.reconnects === 0) lastContactMs = reading.reader.state.lastContactMs ?? 0;
          return reading.reader.state.reconnects === 1;
        });
        const silentMs = performance.now() - lastContactMs;
        expect(silentMs).toBeGreaterThan(1990);
        expect(silentMs).toBeLessThan(3000);
        await reading.until("the row", () => reading.inserted.length > 0);
        expect(reading.inserted).toEqual([1]);
        expect(reading.reader.state.reconnectCounts).toEqual([{ step: "stream", reason: "read_timeout", count: 1 }]);
      } finally {
        await reading.stop();
      }
    } finally {
      await server.stop();
      link.remove();
      await rm(folder, { recursive: true, force: true });
    }
  },
);
