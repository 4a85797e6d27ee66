import { describe, expect, it } from "vitest";
import { silentLog } from "../../../src/log.ts";
import { createApp } from "../../../src/status/app.ts";
import type { LiveFacts } from "../../../src/status/source.ts";
import { readStatus } from "../../../src/status/status.ts";
import { fakeTask, NOTHING_YET, RUNNING } from "../../support/fake-source.ts";
import { manualClock } from "../../support/manual-clock.ts";

/** What the app answers while the task's facts are these; null: there is no task yet. */
async function get(path: string, facts: LiveFacts | null, method = "GET") {
  const controls = fakeTask();
  const { read, close } = readStatus({ facts: () => facts ?? NOTHING_YET }, manualClock());
  close();
  const served = facts === null ? null : { status: read, controls };
  const app = createApp({ served: () => served, loopbackOnly: true, log: silentLog });
  const answer = await app.request(`http://127.0.0.1:8261${path}`, { method, headers: { host: "127.0.0.1:8261" } });
  return { code: answer.status, headers: answer.headers, text: await answer.text() };
}

describe("the page", () => {
  it("shows the state, the lag, where everything is, and the reconnects", async () => {
    const { code, text, headers } = await get("/", RUNNING);
    expect(code).toBe(200);
    expect(headers.get("content-type")).toMatch(/^text\/html/);
    for (const shown of ["orders", "running", "caught up", "binlog.000007:1234", "MySQL 9.7.4", "read_timeout"])
      expect(text, shown).toContain(shown);
    expect(text).toContain('data-order="pause"');
  });

  it("shows what is wrong and what to do first, and nothing that isn't known as 0", async () => {
    const error = {
      name: "missing_row",
      stage: "apply",
      kind: "fatal",
      message: "A row is missing.",
      hint: "Compare both sides.",
      position: "binlog.000007:99",
      sinceMs: 0,
      attempt: 1,
      retryAtMs: null,
    } as const;
    const { text } = await get("/", { ...NOTHING_YET, state: "failed", error });
    for (const shown of ["missing_row", "Compare both sides.", "binlog.000007:99", "A person must act."])
      expect(text, shown).toContain(shown);
    expect(text).toContain('data-order="resume"');
    expect(text).toContain("–/s");
  });

  it("takes names and messages for text, whatever is in them", async () => {
    const missingRows = [{ table: 'shop.<img src=x onerror="alert(1)">', count: 1 }];
    const { text } = await get("/", { ...RUNNING, missingRows, reloadError: "</main><script>alert(2)</script>" });
    expect(text).not.toMatch(/<img|<script>/);
    expect(text).toContain("&lt;script&gt;alert(2)");
  });

  it("loads nothing from elsewhere, and may be in nobody's frame", async () => {
    const { text, headers } = await get("/", RUNNING);
    expect(headers.get("content-security-policy")).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    const loaded = [...text.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, url = ""]) => url);
    expect(loaded.filter((url) => !url.startsWith("/") && url !== "data:,")).toEqual([]);
    for (const path of ["/page.css", "/page.js"]) {
      expect(loaded).toContain(path);
      expect((await get(path, RUNNING)).code).toBe(200);
    }
  });

  it("answers before there is a task, and is only for reading", async () => {
    const { code, text } = await get("/", null);
    expect([code, text.includes("The task is starting.")]).toEqual([503, true]);
    expect((await get("/", RUNNING, "POST")).code).toBe(405);
  });
});
