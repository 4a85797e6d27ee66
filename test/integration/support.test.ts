import { expect, test } from "vitest";
import { sharedPair } from "../support/servers/shared.ts";

test("x", async () => {
  const { upstream, downstream } = await sharedPair("mysql", "mariadb");
  expect(upstream.describe()).toContain("MySQL");
  expect(await downstream.query("SELECT 1 AS one")).toEqual([{ one: 1 }]);
});
