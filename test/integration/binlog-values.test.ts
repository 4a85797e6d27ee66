import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Flavour } from "../../src/mysql/flavour.ts";
import { startServer, type Server } from "../support/servers/index.ts";
import { VALUE_CASES } from "./binlog-values/cases.ts";
import { recordCases } from "./binlog-values/record.ts";
import { differences, logCases, makeTables } from "./binlog-values/log.ts";

const DATABASE = "binlog_values";

/** Ways in which the same rows stand in the log. */
const WAYS: Readonly<Record<Flavour, Readonly<Record<string, readonly string[]>>>> = {
  mysql: {
    "least metadata": ["SET GLOBAL binlog_row_metadata = MINIMAL"],
    "full metadata": ["SET GLOBAL binlog_row_metadata = FULL"],
    "compressed transactions": ["SET SESSION binlog_transaction_compression = ON"],
  },
  mariadb: {
    "no metadata": ["SET GLOBAL binlog_row_metadata = NO_LOG"],
    "full metadata": ["SET GLOBAL binlog_row_metadata = FULL"],
    "compressed events": ["SET GLOBAL log_bin_compress = ON", "SET GLOBAL log_bin_compress_min_len = 10"],
  },
};

describe.each(["mysql", "mariadb"] as const)("the log of %s", (flavour) => {
  const cases = VALUE_CASES.filter(({ only }) => only === null || only === flavour);
  let server: Server;

  beforeAll(async () => {
    server = await startServer({ flavour });
    await makeTables(server, DATABASE, cases);
  });

  afterAll(async () => {
    await server.stop();
  });

  test.each(Object.entries(WAYS[flavour]))(
    "T1, T3: holds every value as the server tells it, with %s",
    async (way, settings) => {
      const { answers, start, hints } = await logCases(server, DATABASE, cases, settings);
      expect(differences(answers).slice(0, 20)).toEqual([]);
      expect(answers.flatMap(({ got }) => got).length).toBeGreaterThan(700);
      if (process.env["RECORD_BINLOG_VALUES"] !== undefined && way === "full metadata")
        recordCases(server, start, answers, hints);
    },
  );
});
