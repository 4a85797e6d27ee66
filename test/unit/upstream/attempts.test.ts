import { expect, test } from "vitest";
import { TidemarkError, type ErrorKind } from "../../../src/errors.ts";
import { Attempts, type Reconnect } from "../../../src/upstream/attempts.ts";
import type { Step } from "../../../src/upstream/decision.ts";
import { Hosts } from "../../../src/upstream/hosts.ts";
import { manualClock } from "../../support/manual-clock.ts";

const error = (name: string, kind: ErrorKind = "resumable"): TidemarkError =>
  new TidemarkError(name, `text of ${name}`, { stage: "upstream", kind, hint: "none" });

function attempts(budgetMs: number | null = null): {
  all: Attempts;
  clock: ReturnType<typeof manualClock>;
  fail: (name?: string, step?: Step, kind?: ErrorKind) => Reconnect;
} {
  const clock = manualClock();
  const hosts = new Hosts({ list: [{ host: "a", port: 1 }], failoverAfterMs: 0, clock });
  const all = new Attempts({ backoff: { baseMs: 100, capMs: 1000 }, budgetMs, hosts, clock });
  const fail = (name = "connection_lost", step: Step = "stream", kind: ErrorKind = "resumable"): Reconnect =>
    all.failed({ step, error: error(name, kind), known: true, movable: true, position: "b.1:4", connectedMs: null });
  return { all, clock, fail };
}

test("R13: delays are 0, base, then growing up to the cap, with jitter of at most half", () => {
  const { fail } = attempts();
  const delays = Array.from({ length: 9 }, () => fail().delayMs);
  expect(delays.slice(0, 2)).toEqual([0, 100]);
  const full = [200, 400, 800, 1000, 1000, 1000, 1000];
  for (const [index, delay] of delays.slice(2).entries()) {
    expect(delay).toBeGreaterThanOrEqual((full[index] ?? 0) / 2);
    expect(delay).toBeLessThanOrEqual(full[index] ?? 0);
  }
});

test("R13, G24, V7: only durable progress starts them anew, a connection does not", () => {
  const { all, fail } = attempts();
  fail();
  fail();
  all.up();
  expect(fail().attempt).toBe(3);
  all.progress();
  expect(fail()).toMatchObject({ attempt: 1, delayMs: 0 });
});

test("V4: different errors spend one budget; V2: it ends when the time is over, not before", async () => {
  const { clock, fail } = attempts(60_000);
  for (let second = 0; second <= 60; second++) {
    fail(second % 2 === 0 ? "connection_lost" : "too_many_connections");
    await clock.advance(1000);
  }
  expect(() => fail()).toThrow(expect.objectContaining({ name: "connection_lost", kind: "fatal" }));
});

test("V1: time with a connection is not on the account, and progress clears it", async () => {
  const { all, clock, fail } = attempts(10_000);
  fail();
  await clock.advance(6000);
  all.up();
  await clock.advance(9999);
  fail();
  await clock.advance(3000);
  expect(fail().attempt).toBe(3);
  all.progress();
  await clock.advance(9000);
  expect(fail().attempt).toBe(1);
  await clock.advance(2000);
  expect(() => fail()).toThrow(expect.objectContaining({ kind: "fatal" }));
});

test("V3: a connection that lasted longer than all delays and the budget was the end of the trouble before it", async () => {
  const { all, clock, fail } = attempts(60_000);
  fail();
  await clock.advance(59_000);
  all.up();
  await clock.advance(61_000);
  expect(fail()).toMatchObject({ attempt: 1, delayMs: 0 });
  await clock.advance(59_000);
  expect(fail().attempt).toBe(2);
  await clock.advance(2000);
  expect(() => fail()).toThrow(expect.objectContaining({ kind: "fatal" }));
});

test("V5: what is granted a few times is counted by its name, whatever its text and place say", () => {
  const clock = manualClock();
  const hosts = new Hosts({ list: [{ host: "a", port: 1 }], failoverAfterMs: 0, clock });
  const all = new Attempts({ backoff: { baseMs: 100, capMs: 1000 }, budgetMs: null, hosts, clock });
  const damaged = (place: number): Reconnect => {
    const text = `checksum at ${place}`;
    const thrown = new TidemarkError("checksum_mismatch", text, { stage: "decode", hint: "none" });
    const at = { movable: true, position: `binlog.000001:${place}`, connectedMs: null } as const;
    return all.failed({ step: "stream", error: thrown, known: true, ...at });
  };
  for (const place of [4, 5, 6]) damaged(place);
  expect(() => damaged(7)).toThrow(expect.objectContaining({ name: "source_corrupt" }));
});

test("V6: without a budget it never gives up", async () => {
  const { clock, fail } = attempts(null);
  for (let day = 0; day < 100; day++) {
    fail();
    await clock.advance(86_400_000);
  }
  expect(fail().attempt).toBe(101);
});

test("R25: a password refused on reconnect is granted a few attempts; a fatal error none", () => {
  const { fail } = attempts();
  for (let each = 0; each < 3; each++) fail("access_denied", "connect", "fatal");
  expect(() => fail("access_denied", "connect", "fatal")).toThrow(expect.objectContaining({ name: "access_denied" }));
  expect(() => attempts().fail("server_id_conflict", "stream", "fatal")).toThrow(
    expect.objectContaining({ name: "server_id_conflict", facts: { step: "stream", attempts: 1 } }),
  );
});

test("R14: the last hundred are kept, all are counted by step and reason", () => {
  const { all, fail } = attempts();
  for (let each = 0; each < 130; each++) fail(each % 2 === 0 ? "connection_lost" : "read_timeout");
  expect(all.recent).toHaveLength(100);
  expect(all.recent.at(-1)?.attempt).toBe(130);
  expect(all.total).toBe(130);
  expect(all.counts).toEqual([
    { step: "stream", reason: "connection_lost", count: 65 },
    { step: "stream", reason: "read_timeout", count: 65 },
  ]);
});
