import { expect, test } from "vitest";
import { createMetrics } from "../../src/metrics.ts";

const definitions = [
  { name: "a_total", type: "counter", help: "All a.", labels: ["task"] },
  { name: "b", type: "gauge", help: "One b.", labels: ["task", "of"] },
] as const;

test("what is told is what is scraped, in Prometheus's text format", async () => {
  const metrics = createMetrics(definitions);
  metrics.tell("a_total", [{ labels: { task: "x" }, value: 5 }]);
  metrics.tell("b", [
    { labels: { task: "x", of: 'a "b"\n' }, value: 1.5 },
    { labels: { task: "x", of: "c" }, value: 0 },
  ]);
  expect(metrics.contentType).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect((await metrics.text()).split("\n").filter((line) => line !== "")).toEqual([
    "# HELP a_total All a.",
    "# TYPE a_total counter",
    'a_total{task="x"} 5',
    "# HELP b One b.",
    "# TYPE b gauge",
    String.raw`b{task="x",of="a \"b\"\n"} 1.5`,
    'b{task="x",of="c"} 0',
  ]);
});

test("each telling replaces the one before, totals included; what isn't known has no sample", async () => {
  const metrics = createMetrics(definitions);
  for (const value of [5, 7]) metrics.tell("a_total", [{ labels: { task: "x" }, value }]);
  metrics.tell("b", [{ labels: { task: "x", of: "c" }, value: 1 }]);
  metrics.tell("b", [
    { labels: { task: "x", of: "c" }, value: null },
    { labels: { task: "x", of: "d" }, value: Number.NaN },
  ]);
  const samples = (await metrics.text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  expect(samples).toEqual(['a_total{task="x"} 7']);
});

test("a metric that was not defined can't be told", () => {
  expect(() => createMetrics(definitions).tell("c", [])).toThrow("no metric is called c");
});
