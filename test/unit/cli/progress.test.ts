import { describe, expect, test } from "vitest";
import { bytesText, countText, secondsText } from "../../../src/status/amounts.ts";
import { wantsColour } from "../../../src/cli/io.ts";
import { progressLine, showProgress } from "../../../src/cli/progress.ts";
import { statusText } from "../../../src/cli/status-text.ts";
import { openTerminal } from "../../../src/cli/terminal.ts";
import type { LiveFacts } from "../../../src/status/source.ts";
import { readStatus, type Status } from "../../../src/status/status.ts";
import { fakeIo } from "../../support/fake-io.ts";
import { fakeTask, NOTHING_YET, RUNNING } from "../../support/fake-source.ts";
import { manualClock } from "../../support/manual-clock.ts";

function statusOf(facts: LiveFacts): Status {
  const { read, close } = readStatus(fakeTask(facts), manualClock());
  close();
  return read();
}

const error = {
  name: "server_unreachable",
  stage: "upstream",
  kind: "resumable",
  message: "gone",
  hint: "wait",
  position: null,
  sinceMs: 0,
  attempt: 3,
  retryAtMs: 1000,
} as const;

describe("the progress line", () => {
  test("tells state, rate, lag, what is behind and where, in the order of their weight", () => {
    expect(progressLine(statusOf(RUNNING), 120, false)).toBe(
      "orders syncing · – rows/s · lag 0.1 s · caught up · at binlog.000007:1234 · 5 transactions",
    );
    const behind = { ...RUNNING, lag: { ...RUNNING.lag, lastContactMs: null, behindBytes: 3 * 1024 ** 2 } };
    expect(progressLine(statusOf(behind), 120, false)).toContain(" · behind 3.0 MiB · ");
  });

  test("names the error that the task waits for", () => {
    expect(progressLine(statusOf({ ...RUNNING, state: "waiting", error }), 80, false)).toMatch(
      /^orders waiting \(server_unreachable\) · /,
    );
  });

  test("is narrower than the terminal, whatever its width, and never cuts a fact in two", () => {
    const whole = progressLine(statusOf(RUNNING), 200, false).split(" · ");
    for (let columns = 1; columns < 120; columns++) {
      const line = progressLine(statusOf(RUNNING), columns, false);
      expect(line.length).toBeLessThan(Math.max(columns, 1));
      const facts = line.split(" · ");
      const head = "orders syncing".slice(0, columns - 1);
      expect(facts).toEqual(facts.length === 1 ? [head] : whole.slice(0, facts.length));
    }
  });

  test("says – for what isn't known", () => {
    expect(progressLine(statusOf(NOTHING_YET), 100, false)).toBe(
      "orders starting · – rows/s · lag – · behind – · at – · 0 transactions",
    );
  });

  test("colours the state only, and takes no room for it", () => {
    const [plain, coloured] = [false, true].map((colour) => progressLine(statusOf(RUNNING), 70, colour));
    expect(coloured).toContain("\u001B[32msyncing\u001B[0m");
    // oxlint-disable-next-line no-control-regex
    expect(coloured?.replaceAll(/\u001B\[\d+m/g, "")).toBe(plain);
  });

  test("is drawn at most five times a second, and taken away at the end", async () => {
    const io = fakeIo({ terminal: true });
    const task = fakeTask();
    const reader = readStatus(task, io.clock);
    let reads = 0;
    const hide = showProgress({
      terminal: openTerminal(io.err),
      columns: io.err.columns,
      colour: false,
      clock: io.clock,
      status: () => {
        reads += 1;
        return reader.read();
      },
    });
    await io.clock.advance(2000);
    expect(reads).toBeLessThanOrEqual(11);
    expect(reads).toBeGreaterThan(8);
    hide();
    reader.close();
    expect(io.said.err.endsWith("\r\u001B[2K")).toBe(true);
    expect(io.clock.waiting).toBe(0);
  });
});

describe("lines of the log above it", () => {
  test("come whole: the line below is erased before and drawn again after", () => {
    const io = fakeIo({ terminal: true });
    const terminal = openTerminal(io.err);
    terminal.lines("first");
    terminal.below("progress");
    terminal.lines("second\n");
    terminal.below("progress");
    terminal.below(null);
    terminal.lines("third");
    expect(io.said.err).toBe("first\nprogress\r\u001B[2Ksecond\nprogress\r\u001B[2Kthird\n");
  });

  test("have no line below them where there is no terminal", () => {
    const io = fakeIo();
    const terminal = openTerminal(io.err);
    terminal.below("progress");
    terminal.lines("{}");
    terminal.below(null);
    expect(io.said.err).toBe("{}\n");
  });
});

test("colours are for terminals whose user wants them", () => {
  const colour = (terminal: boolean, environment: Record<string, string>): boolean =>
    wantsColour(fakeIo({ terminal }).err, environment);
  expect([
    colour(true, {}),
    colour(false, {}),
    colour(true, { NO_COLOR: "1" }),
    colour(true, { TERM: "dumb" }),
  ]).toEqual([true, false, false, false]);
  expect(colour(true, { NO_COLOR: "" })).toBe(true);
});

test("amounts are written as people read them", () => {
  expect([0, 0.04, 9.94, 12.3, 185, 7800, 100_000, null].map(secondsText)).toEqual([
    "0.0 s",
    "0.0 s",
    "9.9 s",
    "12 s",
    "3 min 5 s",
    "2 h 10 min",
    "1 d 3 h",
    "–",
  ]);
  expect([0, 1023, 1024, 1_572_864, 500 * 1024 ** 2, 2 ** 60, null].map(bytesText)).toEqual([
    "0 B",
    "1023 B",
    "1.0 KiB",
    "1.5 MiB",
    "500 MiB",
    "1048576 TiB",
    "–",
  ]);
  expect([0, 1_234_567, 0.6, null].map(countText)).toEqual(["0", "1,234,567", "1", "–"]);
});

describe("the status for people", () => {
  test("has a line for each thing", () => {
    expect(statusText(statusOf(RUNNING))).toBe(`task orders
  state        running, syncing, since 2026-11-20T10:00:00.000Z
  upstream     MySQL 9.7.4 (3e11fa47-71ca-11e1-9e33-c80aa9429562) at 10.0.0.5:3306
  connection   since 2026-11-20T10:00:00.000Z, 3 reconnects
               the last at 2026-11-20T09:00:00.000Z: read_timeout (stream)
  end          binlog.000007:1234
  received     binlog.000007:1234
  applied      binlog.000007:1234
  checkpoint   binlog.000007:1234, saved 0.0 s ago
  lag          contact 0.0 s, receive 0.0 s, apply 0.1 s
  behind       nothing: caught up
  head-room    4.0 KiB from binlog.000003 on, kept 12 h 0 min of 1 d 0 h; purged at 2026-11-21T00:00:00.000Z at the present trend
  semi-sync    off at the source, 7 acknowledgements sent
  rows         10 inserted, 20 updated, 30 deleted; –/s
  transactions 5 applied; –/s
  statements   2 executed, 1 ignored
  workers      1 of 2 busy with 12 rows
  missing      rows to be changed were not there: 7 of shop.orders
`);
  });

  test("tells the error, since when, and what comes next; and a reload that was refused", () => {
    const text = statusText(statusOf({ ...RUNNING, state: "waiting", phase: "none", error, reloadError: "t:1:1: no" }));
    expect(text).toContain("  state        waiting, since");
    expect(text).toContain("  error        server_unreachable: gone\n  hint         wait\n");
    expect(text).toContain("since 1970-01-01T00:00:00.000Z, attempt 3, next attempt at 1970-01-01T00:00:01.000Z");
    expect(text).toContain("  reload       refused: t:1:1: no\n");
  });
});
