import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort, startServer, type RunningServer, type Server } from "../support/servers/index.ts";
import { sharedPair } from "../support/servers/shared.ts";
import { namedError } from "../support/tidemark/named-error.ts";
import { runTidemark } from "../support/tidemark/syncer-process.ts";
import { writeTaskFile, type TaskFile, type TaskOptions } from "../support/tidemark/task-file.ts";
import { logEnd } from "../support/tidemark/upstream-end.ts";
import { waitFor } from "../support/wait-for.ts";

// Issue 2, "Bad input": each is a clear named error with a hint and the right exit code, and nothing is half done.

const META = "tidemark_bad_input";
const DATA = "bad_input";
const PASSWORD = "Secret-0815";
const USERS = ["bad_nothing", "bad_no_replication", "bad_no_select", "bad_no_meta", "bad_no_table", "bad_good"];

let folder: string;
let upstream: RunningServer;
let downstream: RunningServer;
let number = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tidemark-bad-"));
  ({ upstream, downstream } = await sharedPair("mysql", "mysql"));
  for (const server of [upstream, downstream]) {
    await server.exec(
      `DROP DATABASE IF EXISTS ${META}; DROP DATABASE IF EXISTS ${DATA}; CREATE DATABASE ${DATA} CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci`,
    );
    await server.exec(
      "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, v INT); CREATE TABLE u (id INT NOT NULL PRIMARY KEY, v INT)",
      DATA,
    );
    for (const user of USERS)
      await server.exec(`DROP USER IF EXISTS ${user}; CREATE USER ${user} IDENTIFIED BY '${PASSWORD}'`);
  }
  await upstream.exec(`
    GRANT SELECT ON ${DATA}.* TO bad_no_replication;
    GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO bad_no_select;
    GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO bad_good; GRANT SELECT ON ${DATA}.* TO bad_good`);
  await downstream.exec(`
    GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, REFERENCES ON ${DATA}.* TO bad_no_meta;
    GRANT ALL ON ${META}.* TO bad_no_table; GRANT SELECT, INSERT, UPDATE, DELETE ON ${DATA}.t TO bad_no_table; GRANT SELECT ON ${DATA}.u TO bad_no_table;
    GRANT ALL ON ${META}.* TO bad_good; GRANT ALL ON ${DATA}.* TO bad_good`);
});

afterAll(async () => {
  for (const server of [upstream, downstream]) {
    await server.exec(
      `DROP DATABASE IF EXISTS ${META}; DROP DATABASE IF EXISTS ${DATA}; ${USERS.map((user) => `DROP USER IF EXISTS ${user}`).join("; ")}`,
    );
  }
  await rm(folder, { recursive: true, force: true });
});

/** A task that would be right, but for `change`. */
function task(change: Partial<TaskOptions> = {}): Promise<TaskFile> {
  number += 1;
  return writeTaskFile(folder, {
    name: `bad-${number}`,
    upstream,
    downstream,
    include: [`${DATA}.*`],
    downstreamMore: { metaSchema: META },
    ...change,
  });
}

function as(server: RunningServer, user: string, password = PASSWORD): TaskOptions["upstream"] {
  return { host: server.host, port: server.port, user, password };
}

/** Runs a task that must fail: the error's name, with exit code 1. */
async function failing(file: TaskFile): Promise<string> {
  const ended = await runTidemark(["run", file.path, "--until", "now"]);
  const { name } = namedError(ended);
  expect(ended.code).toBe(1);
  return name;
}

/** `check` names the same trouble before anything runs, with exit code 4, and says no password. */
async function checkFails(file: TaskFile): Promise<void> {
  const ended = await runTidemark(["check", file.path]);
  expect(ended).toMatchObject({ code: 4 });
  expect(ended.stdout + ended.stderr).not.toContain(PASSWORD);
}

/** Nothing of the task may be kept downstream. */
async function keptCheckpoints(name: string): Promise<number> {
  const [schema] = await downstream.query(
    `SELECT 1 AS found FROM information_schema.TABLES WHERE TABLE_SCHEMA = '${META}' AND TABLE_NAME = 'checkpoint'`,
  );
  if (schema === undefined) return 0;
  const rows = await downstream.query(`SELECT * FROM ${META}.checkpoint WHERE task = '${name}'`);
  return rows.length;
}

describe("a task file", () => {
  test("with mistakes is refused with exit code 2, all of them at once, each with its line and column", async () => {
    const path = join(folder, "wrong.yaml");
    await writeFile(
      path,
      "name: orders\nupstream:\n  hots: 10.0.0.5\n  port: many\n  user: repl\ndownstream:\n  host: x\n  user: y\n  password: z\ntables:\n  include: shop.*\n",
    );
    const ended = await runTidemark(["run", path]);
    expect(ended.code).toBe(2);
    for (const place of ["wrong.yaml:3:", "wrong.yaml:4:", "wrong.yaml:11:"]) expect(ended.stderr).toContain(place);
    expect(ended.stderr).toContain("host");
  });

  test("that isn't there is exit code 2", async () => {
    const ended = await runTidemark(["run", join(folder, "nowhere.yaml")]);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain("nowhere.yaml");
  });

  test("with an --until that is nothing is exit code 2", async () => {
    const ended = await runTidemark(["run", (await task()).path, "--until", "tomorrow"]);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain("until_invalid");
  });
});

describe("an upstream", () => {
  test("that doesn't answer is server_unreachable", async () => {
    const file = await task({ upstream: { ...as(upstream, "bad_good"), port: await freePort() } });
    expect(await failing(file)).toBe("server_unreachable");
    await checkFails(file);
    expect(await keptCheckpoints(file.name)).toBe(0);
  });

  test("that refuses the password is access_denied, and the password is never printed", async () => {
    const file = await task({ upstream: as(upstream, "bad_good", `${PASSWORD}-wrong`) });
    expect(await failing(file)).toBe("access_denied");
    await checkFails(file);
    expect(await keptCheckpoints(file.name)).toBe(0);
  });

  test("whose account may not read the log is privilege_missing", async () => {
    const file = await task({ upstream: as(upstream, "bad_no_replication") });
    expect(await failing(file)).toBe("privilege_missing");
    await checkFails(file);
    expect(await keptCheckpoints(file.name)).toBe(0);
  });

  test("whose account can't see the tables stops before the first of their rows, instead of skipping them", async () => {
    const file = await task({ upstream: as(upstream, "bad_no_select"), start: await logEnd(upstream) });
    await upstream.exec("INSERT INTO t VALUES (1, 1)", DATA);
    expect(["privilege_missing", "table_unknown", "schema_not_derivable"]).toContain(await failing(file));
    await checkFails(file);
    await upstream.exec("DELETE FROM t", DATA);
  });

  test("that doesn't have the start position any more is start_position_gone, or diverged for GTIDs that it never had", async () => {
    const file = await task({ start: { file: "binlog.999999", offset: 4 } });
    expect(await failing(file)).toBe("start_position_gone");
    expect(await keptCheckpoints(file.name)).toBe(0);
    const never = await task({ start: { gtids: "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5" } });
    expect(await failing(never)).toBe("diverged");
    expect(await keptCheckpoints(never.name)).toBe(0);
  });

  test("whose log has no event at the start position is bad_position", async () => {
    const end = await logEnd(upstream);
    const file = await task({ start: { file: end.file, offset: end.offset - 1 } });
    expect(await failing(file)).toBe("bad_position");
    expect(await keptCheckpoints(file.name)).toBe(0);
  });
});

describe("an upstream of its own", () => {
  let own: Server;

  beforeAll(async () => {
    own = await startServer({ flavour: "mariadb", options: { "binlog-format": "STATEMENT" } });
    await own.exec(`CREATE DATABASE ${DATA} CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci`);
    await own.exec("CREATE TABLE t (id INT NOT NULL PRIMARY KEY, v INT)", DATA);
  });
  afterAll(() => own.stop());

  test("that logs statements is statement_format", async () => {
    const file = await task({ upstream: own });
    expect(await failing(file)).toBe("statement_format");
    await checkFails(file);
  });

  test("that has purged what the start needs is start_position_gone", async () => {
    await own.exec(
      "SET GLOBAL binlog_format = 'ROW'; INSERT INTO t VALUES (1, 1); FLUSH BINARY LOGS; FLUSH BINARY LOGS",
      DATA,
    );
    const { file: newest } = await logEnd(own);
    // A file stays until the storage engine has no more use for it: no error then, it is just still there.
    await waitFor(
      async () => {
        await own.exec(`PURGE BINARY LOGS TO '${newest}'`);
        return (await own.query("SHOW BINARY LOGS")).length === 1 ? true : undefined;
      },
      { what: "the log's old files are purged" },
    );
    expect(await failing(await task({ upstream: own, start: { gtids: "0-1-1" } }))).toMatch(
      /^(start_position_gone|diverged)$/,
    );
    expect(await failing(await task({ upstream: own, start: { file: "binlog.000001", offset: 4 } }))).toBe(
      "start_position_gone",
    );
  });

  test("that writes no log is binlog_off", async () => {
    await own.restart({ options: { "skip-log-bin": true } });
    const file = await task({ upstream: own });
    expect(await failing(file)).toBe("binlog_off");
    await checkFails(file);
    expect(await keptCheckpoints(file.name)).toBe(0);
  });
});

describe("a downstream", () => {
  test("that doesn't answer is server_unreachable", async () => {
    const file = await task({ downstream: { ...as(downstream, "bad_good"), port: await freePort() } });
    expect(await failing(file)).toBe("server_unreachable");
    await checkFails(file);
  });

  test("that refuses the password is access_denied", async () => {
    const file = await task({ downstream: as(downstream, "bad_good", "wrong") });
    expect(await failing(file)).toBe("access_denied");
    await checkFails(file);
  });

  test("where our own tables can't be made is privilege_missing", async () => {
    const file = await task({ downstream: as(downstream, "bad_no_meta"), downstreamMore: { metaSchema: `${META}_2` } });
    expect(await failing(file)).toBe("privilege_missing");
    await checkFails(file);
  });

  test("with a table that the account may not write stops there: rows of that transaction stay out, those before it are in", async () => {
    const file = await task({ downstream: as(downstream, "bad_no_table"), start: await logEnd(upstream) });
    await upstream.exec(
      "INSERT INTO t VALUES (10, 1); BEGIN; INSERT INTO t VALUES (11, 1); INSERT INTO u VALUES (11, 1); COMMIT; INSERT INTO t VALUES (12, 1)",
      DATA,
    );
    expect(await failing(file)).toBe("privilege_missing");
    await checkFails(file);
    expect(await downstream.query(`SELECT id FROM ${DATA}.u`)).toEqual([]);
    expect(await downstream.query(`SELECT id FROM ${DATA}.t WHERE id = 11`)).toEqual([]);
    // What the operator repairs, the same task file brings over.
    await downstream.exec(`GRANT SELECT, INSERT, UPDATE, DELETE ON ${DATA}.u TO bad_no_table`);
    const repaired = await runTidemark(["run", file.path, "--until", "now"]);
    expect(repaired).toMatchObject({ code: 0 });
    expect(await downstream.query(`SELECT id FROM ${DATA}.t ORDER BY id`)).toEqual(
      await upstream.query(`SELECT id FROM ${DATA}.t ORDER BY id`),
    );
    expect(await downstream.query(`SELECT id FROM ${DATA}.u`)).toEqual([{ id: 11 }]);
  });

  test("without a table that the upstream writes is table_missing_downstream", async () => {
    await upstream.exec("CREATE TABLE IF NOT EXISTS only_here (id INT NOT NULL PRIMARY KEY)", DATA);
    const file = await task({ start: await logEnd(upstream) });
    await upstream.exec("INSERT INTO only_here VALUES (1)", DATA);
    expect(await failing(file)).toBe("table_missing_downstream");
    await upstream.exec("DROP TABLE only_here", DATA);
  });

  test("that lacks the row which an UPDATE changes is row_missing, with the position", async () => {
    await upstream.exec("REPLACE INTO t VALUES (99, 1)", DATA);
    const file = await task({ start: await logEnd(upstream) });
    await upstream.exec("UPDATE t SET v = 2 WHERE id = 99", DATA);
    const ended = await runTidemark(["run", file.path, "--until", "now"]);
    const error = namedError(ended);
    expect([ended.code, error.name]).toEqual([1, "row_missing"]);
    expect(error.position).toMatch(/^binlog\.\d+:\d+|:\d+$/);
  });
});
