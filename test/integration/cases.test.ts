import { beforeAll, describe, expect, test } from "vitest";
import { compareDatabases, describeDifferences } from "../support/compare.ts";
import { sharedPair } from "../support/servers/shared.ts";
import { readCases, wantedPairs } from "./cases-runner/case-files.ts";
import { caseDatabases, runCases, runToError, type Ends, type Mode, type Outcomes } from "./cases-runner/run-cases.ts";

// T1, T4, T5, K1, K2, K3, K4, K5, K6, K7, S12: each case folder says which by its SQL.

const MODES = {
  "mysql-mysql": "resume",
  "mariadb-mariadb": "follow",
  "mysql-mariadb": "follow",
  "mariadb-mysql": "resume",
} as const satisfies Record<string, Mode>;

const cases = readCases();

test("there are cases to run, and each is there for at least one pair of servers", () => {
  expect(cases.length).toBeGreaterThan(0);
  expect(cases.filter(({ pairs }) => pairs.length === 0)).toEqual([]);
});

describe.each(wantedPairs())("$upstream → $downstream", (pair) => {
  const own = cases.filter((each) => each.pairs.includes(pair.name));
  const good = own.filter(({ error }) => error === null);
  const bad = own.filter(({ error }) => error !== null);
  let ends: Ends;
  let outcomes: Outcomes;

  beforeAll(async () => {
    ends = { pair, ...(await sharedPair(pair.upstream, pair.downstream)) };
  });

  describe.skipIf(good.length === 0)(`in one run (${MODES[pair.name]})`, () => {
    beforeAll(async () => {
      outcomes = await runCases(ends, good, MODES[pair.name]);
    });

    test.each(good)("$name: both sides are equal", async (each) => {
      const outcome = outcomes.get(each.name);
      expect(outcome).toBeNull();
      const upstream = await caseDatabases(ends.upstream, [each]);
      const downstream = await caseDatabases(ends.downstream, [each]);
      expect(downstream, "databases of the case").toEqual(upstream);
      const differences = await compareDatabases(ends.upstream, ends.downstream, upstream, { rowsOnly: each.rowsOnly });
      expect(describeDifferences(differences)).toBe("no differences");
    });
  });

  describe.skipIf(bad.length === 0)("to a named error", () => {
    test.each(bad)("$name: stops with $error", async (each) => {
      const ended = await runToError(ends, each);
      expect(ended.stderr).toContain(each.error);
      expect(ended.code).toBe(1);
    });
  });
});
