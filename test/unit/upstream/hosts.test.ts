import { describe, expect, test } from "vitest";
import { TidemarkError } from "../../../src/errors.ts";
import { Hosts, hostText } from "../../../src/upstream/hosts.ts";
import { manualClock } from "../../support/manual-clock.ts";

const A = { host: "a", port: 1 };
const B = { host: "b", port: 2 };
const C = { host: "c", port: 3 };

const fatal = (name: string): TidemarkError =>
  new TidemarkError(name, `text of ${name}`, { stage: "upstream", hint: "none" });

function three(failoverAfterMs = 10_000) {
  const clock = manualClock();
  const hosts = new Hosts({ list: [A, B, C], failoverAfterMs, clock });
  return { clock, hosts, at: () => hostText(hosts.present) };
}

test("addresses are told as host:port, IPv6 in brackets", () => {
  expect(hostText({ host: "::1", port: 3306 })).toBe("[::1]:3306");
});

describe("R17: with several hosts", () => {
  test("at the start they are asked in order of preference, at once, and then anew after a delay", () => {
    const { hosts, at } = three();
    expect([hosts.failed(), at()]).toEqual(["next", "b:2"]);
    expect([hosts.failed(), at()]).toEqual(["next", "c:3"]);
    expect([hosts.failed(), at()]).toEqual(["round", "a:1"]);
    expect([hosts.failed(), at()]).toEqual(["next", "b:2"]);
  });

  test("the one that is read has its time to come back; then each has one attempt in a round, itself too", async () => {
    const { clock, hosts, at } = three();
    hosts.up();
    expect(hosts.failed()).toBe("same");
    await clock.advance(9999);
    expect([hosts.failed(), at()]).toEqual(["same", "a:1"]);
    await clock.advance(1);
    expect([hosts.failed(), at()]).toEqual(["next", "b:2"]);
    expect([hosts.failed(), at()]).toEqual(["next", "c:3"]);
    expect([hosts.failed(), at()]).toEqual(["round", "a:1"]);
    expect([hosts.failed(), at()]).toEqual(["next", "b:2"]);
    hosts.up();
    expect(hosts.isHome).toBe(true);
    expect(hosts.failed()).toBe("same");
  });

  test("one that comes and goes has not come back: its time runs on, until it stayed for as long or there was progress", async () => {
    const { clock, hosts } = three();
    hosts.up();
    for (let each = 0; each < 9; each++) {
      expect(hosts.failed()).toBe("same");
      await clock.advance(1000);
      hosts.up();
    }
    await clock.advance(1000);
    expect(hosts.failed()).toBe("next");

    const second = three();
    second.hosts.up();
    second.hosts.failed();
    await second.clock.advance(9000);
    second.hosts.progress();
    await second.clock.advance(9000);
    expect(second.hosts.failed()).toBe("same");
    second.hosts.up();
    await second.clock.advance(10_000);
    expect(second.hosts.failed()).toBe("same");
    await second.clock.advance(9000);
    expect(second.hosts.failed()).toBe("same");
  });

  test("V20: one whose log is purged is left at once; when all have refused, that is the end, with what each has said", () => {
    const { hosts, at } = three();
    hosts.up();
    expect([hosts.refused(fatal("binlog_purged")), at()]).toEqual(["next", "b:2"]);
    expect([hosts.refused(fatal("diverged")), at()]).toEqual(["next", "c:3"]);
    const last = fatal("replica_updates_not_logged");
    expect(hosts.refused(last)).toBeNull();
    const verdict = hosts.verdict(last);
    expect(verdict.name).toBe("binlog_purged");
    expect(verdict.message).toMatch(/a:1: binlog_purged: .* \| b:2: diverged: .* \| c:3: replica_updates_not_logged: /);
  });

  test("as long as one of them only fails for the moment, it goes on", () => {
    const { hosts } = three(0);
    hosts.up();
    expect(hosts.failed()).toBe("next");
    expect(hosts.refused(fatal("diverged"))).toBe("next");
    expect(hosts.refused(fatal("diverged"))).toBe("round");
    expect(hosts.refused(fatal("binlog_purged"))).toBe("next");
    expect(hosts.refused(fatal("diverged"))).toBe("next");
    expect(hosts.refused(fatal("diverged"))).toBeNull();
  });

  test("what is no matter of the host is not asked elsewhere: one that lost what we have applied, bytes that can't be decoded", () => {
    const { hosts } = three();
    hosts.up();
    expect(hosts.refused(fatal("diverged"))).toBeNull();
    expect(hosts.refused(fatal("unknown_event"))).toBeNull();
    const error = fatal("diverged");
    expect(hosts.verdict(error)).toBe(error);
  });
});

test("a single host is tried again and again, and its refusal is the end", () => {
  const hosts = new Hosts({ list: [A], failoverAfterMs: 0, clock: manualClock() });
  expect(hosts.failed()).toBe("same");
  hosts.up();
  expect(hosts.failed()).toBe("same");
  expect(hosts.refused(fatal("binlog_purged"))).toBeNull();
});

test("a list that changed keeps the host that is read, if it is still there", () => {
  const make = (present: typeof A) => new Hosts({ list: [B, C], failoverAfterMs: 0, clock: manualClock(), present });
  expect(hostText(make(C).present)).toBe("c:3");
  expect(hostText(make(A).present)).toBe("b:2");
});
