import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import type { RunningServer } from "../support/servers/index.ts";
import { sharedPair } from "../support/servers/shared.ts";
import { runTidemark } from "../support/tidemark/syncer-process.ts";
import { writeTaskFile, type TaskOptions } from "../support/tidemark/task-file.ts";

// `tidemark check` on servers that a task would run on. What fails there is in bad-input.test.ts.

const META = "tidemark_check";
const DATA = "check_data";

let folder: string;
let upstream: RunningServer;
let downstream: RunningServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tidemark-check-"));
  ({ upstream, downstream } = await sharedPair("mysql", "mariadb"));
  for (const server of [upstream, downstream]) {
    await server.exec(`DROP DATABASE IF EXISTS ${META}; DROP DATABASE IF EXISTS ${DATA}; CREATE DATABASE ${DATA}`);
    await server.exec("CREATE TABLE t (id INT NOT NULL PRIMARY KEY)", DATA);
  }
  await upstream.exec("CREATE TABLE keyless (a INT)", DATA);
});

afterAll(async () => {
  for (const server of [upstream, downstream]) await server.exec(`DROP DATABASE IF EXISTS ${DATA}`);
  await rm(folder, { recursive: true, force: true });
});

const Report = z.object({
  task: z.string(),
  findings: z.array(
    z.object({
      id: z.string(),
      level: z.enum(["ok", "warn", "fail"]),
      subject: z.string(),
      message: z.string().min(1),
      hint: z.string().min(1).nullable(),
    }),
  ),
});

interface Checked {
  readonly code: number | null;
  readonly findings: z.infer<typeof Report>["findings"];
}

async function check(name: string, change: Partial<TaskOptions>): Promise<Checked> {
  const file = await writeTaskFile(folder, {
    name,
    upstream,
    downstream,
    downstreamMore: { metaSchema: META },
    ...change,
  });
  const { code, stdout, stderr } = await runTidemark(["check", file.path, "--json"]);
  expect(stderr).toBe("");
  return { code, findings: Report.parse(JSON.parse(stdout)).findings };
}

test("a task that can run has no failure, each warning has a hint, and neither server is changed", async () => {
  const { code, findings } = await check("fine", { include: [`${DATA}.t`] });
  expect(findings.filter(({ level }) => level === "fail")).toEqual([]);
  expect(code).toBe(0);
  expect(findings.filter(({ level, hint }) => level === "warn" && hint === null)).toEqual([]);
  const subjects = new Set(findings.filter(({ id }) => id === "reachable").map(({ subject }) => subject));
  expect(subjects).toEqual(new Set(["upstream", "downstream"]));
  expect(
    await downstream.query(`SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = '${META}'`),
  ).toEqual([]);
});

test("a table that isn't there downstream is a failure before a start at now, and a table without a key a warning", async () => {
  const { code, findings } = await check("missing", { include: [`${DATA}.*`] });
  expect(code).toBe(4);
  expect(findings.filter(({ level }) => level === "fail").map(({ id, message }) => [id, message])).toEqual([
    ["table_missing_downstream", `The downstream lacks tables that are copied: ${DATA}.keyless.`],
  ]);
  expect(findings.find(({ id }) => id === "no_key")?.message).toContain(`${DATA}.keyless`);
});

test("D1: a database whose default charset differs is a warning: a DDL that names none would give its columns another one", async () => {
  const same = await check("charset-same", { include: [`${DATA}.t`] });
  expect(same.findings.find(({ id }) => id === "database_charset")).toMatchObject({ level: "ok" });
  await downstream.exec(`ALTER DATABASE ${DATA} CHARACTER SET latin2`);
  const { code, findings } = await check("charset", { include: [`${DATA}.t`] });
  expect(code).toBe(0);
  expect(findings.find(({ id }) => id === "database_charset")).toMatchObject({
    level: "warn",
    message: expect.stringContaining(`${DATA} (utf8mb4 → latin2)`),
  });
});

test("patterns that no table matches are a warning", async () => {
  const { code, findings } = await check("none", { include: [`${DATA}.nothing_*`] });
  expect([code, findings.find(({ id }) => id === "no_tables")?.level]).toEqual([0, "warn"]);
});

test("both servers away are two failures, not one", async () => {
  const away = { host: "127.0.0.1", user: "x", password: "y" };
  const { code, findings } = await check("away", { upstream: { ...away, port: 9 }, downstream: { ...away, port: 10 } });
  expect(code).toBe(4);
  expect(findings.map(({ id, subject }) => `${subject} ${id}`).toSorted((a, b) => a.localeCompare(b))).toEqual([
    "downstream server_unreachable",
    "upstream server_unreachable",
  ]);
});
