import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect, readServerInfo } from "../../src/mysql/connection.ts";
import type { Finding } from "../../src/mysql/finding.ts";
import { checkDownstream } from "../../src/mysql/preflight.ts";
import { checkUpstream } from "../../src/upstream/preflight.ts";
import type { RunningServer } from "../support/servers/index.ts";
import { sharedPair } from "../support/servers/shared.ts";
import { runTidemark } from "../support/tidemark/syncer-process.ts";
import { writeTaskFile } from "../support/tidemark/task-file.ts";
import { logEnd } from "../support/tidemark/upstream-end.ts";

// docs/privileges.md is what is tested: its statements are run as they stand there, with other names.

const PASSWORD = "Secret-0815";
const REPL = "privileges_repl";
const WRITER = "privileges_writer";
const DATA = "privileges_shop";
const META = "privileges_meta";

/** The statements under a heading of the page. */
async function documented(heading: string): Promise<string[]> {
  const page = await readFile(new URL("../../docs/privileges.md", import.meta.url), "utf8");
  const block = page.split(`## ${heading}\n`)[1]?.split("```")[1] ?? "";
  return block
    .replace(/^sql/, "")
    .replaceAll("'repl'@'10.0.%'", `${REPL}@'%'`)
    .replaceAll("'tidemark'@'10.0.%'", `${WRITER}@'%'`)
    .replaceAll("tidemark.*", `${META}.*`)
    .replaceAll("shop.*", `${DATA}.*`)
    .replaceAll("…", PASSWORD)
    .split(";")
    .map((statement) => statement.trim())
    .filter((statement) => statement !== "");
}

/** `GRANT a, b ON x TO y` → each privilege with the statements that take it and give it back. */
function parts(grants: readonly string[]): { privilege: string; revoke: string; grant: string }[] {
  return grants.flatMap((statement) => {
    const match = /^GRANT (.+) ON (\S+) TO (\S+)$/.exec(statement);
    if (match === null) return [];
    const [, list = "", object = "", account = ""] = match;
    return list.split(", ").map((privilege) => ({
      privilege: `${privilege} ON ${object}`,
      revoke: `REVOKE ${privilege} ON ${object} FROM ${account}`,
      grant: `GRANT ${privilege} ON ${object} TO ${account}`,
    }));
  });
}

describe.each(["mysql", "mariadb"] as const)("%s", (flavour) => {
  let folder: string;
  let upstream: RunningServer;
  let downstream: RunningServer;

  const clean = `DROP USER IF EXISTS ${REPL}; DROP USER IF EXISTS ${WRITER}; DROP DATABASE IF EXISTS ${DATA}; DROP DATABASE IF EXISTS ${META}`;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "tidemark-privileges-"));
    ({ upstream, downstream } = await sharedPair(flavour, flavour));
    for (const server of [upstream, downstream]) {
      await server.exec(`${clean}; CREATE DATABASE ${DATA}; CREATE TABLE ${DATA}.t (id INT PRIMARY KEY, v INT)`);
    }
    const name = flavour === "mysql" ? "MySQL" : "MariaDB";
    await upstream.exec((await documented(`Upstream, ${name}`)).join("; "));
    await downstream.exec((await documented("Downstream")).join("; "));
  });

  afterAll(async () => {
    for (const server of [upstream, downstream]) await server.exec(clean);
    await rm(folder, { recursive: true, force: true });
  });

  const account = (server: RunningServer, user: string): RunningServer["address"] => ({
    ...server.address,
    user,
    password: PASSWORD,
  });

  const upstreamFindings = async (): Promise<readonly Finding[]> => {
    const connection = await connect(account(upstream, REPL));
    try {
      const server = await readServerInfo(connection);
      return await checkUpstream(connection, server, {
        task: "x",
        serverId: 4711,
        semiSync: false,
        from: { start: { kind: "now" } },
      });
    } finally {
      await connection.close();
    }
  };

  const downstreamFindings = async (): Promise<readonly Finding[]> => {
    const connection = await connect(account(downstream, WRITER));
    try {
      const tables = [{ database: DATA, table: "t" }];
      return await checkDownstream(connection, await readServerInfo(connection), {
        metaSchema: META,
        tables,
        batchBytes: 1 << 20,
      });
    } finally {
      await connection.close();
    }
  };

  test("with the documented grants a task runs, its own tables, rows and DDL included", async () => {
    const file = await writeTaskFile(folder, {
      name: `privileges-${flavour}`,
      upstream: account(upstream, REPL),
      downstream: account(downstream, WRITER),
      include: [`${DATA}.*`],
      downstreamMore: { metaSchema: META },
      start: await logEnd(upstream),
    });
    expect(await runTidemark(["check", file.path])).toMatchObject({ code: 0 });
    expect(await runTidemark(["run", file.path, "--until", "now"])).toMatchObject({ code: 0 });
    await upstream.exec(
      `INSERT INTO t VALUES (1, 1), (2, 2); UPDATE t SET v = 3 WHERE id = 2; DELETE FROM t WHERE id = 1;
       CREATE TABLE child (id INT PRIMARY KEY, t INT, FOREIGN KEY (t) REFERENCES t (id)); ALTER TABLE child ADD INDEX (t, id);
       INSERT INTO child VALUES (1, 2); ALTER TABLE t ADD COLUMN w INT; RENAME TABLE child TO kid; TRUNCATE TABLE kid; DROP TABLE kid;
       INSERT INTO t VALUES (3, 3, 3)`,
      DATA,
    );
    const ended = await runTidemark(["run", file.path, "--until", "now"]);
    expect(ended.stderr).not.toContain("privilege");
    expect(ended).toMatchObject({ code: 0 });
    expect(await downstream.query(`SELECT * FROM ${DATA}.t ORDER BY id`)).toEqual(
      await upstream.query(`SELECT * FROM ${DATA}.t ORDER BY id`),
    );
  });

  test("upstream, each replication privilege that is missing is named", async () => {
    expect((await upstreamFindings()).filter(({ level }) => level === "fail")).toEqual([]);
    const grants = await documented(`Upstream, ${flavour === "mysql" ? "MySQL" : "MariaDB"}`);
    const replication = parts(grants).filter(({ privilege }) => privilege.endsWith("*.*"));
    expect(replication).toHaveLength(2);
    for (const { privilege, revoke, grant } of replication) {
      await upstream.exec(revoke);
      const failures = (await upstreamFindings()).filter(({ level }) => level === "fail");
      await upstream.exec(grant);
      expect(failures.map(({ id }) => id)).toEqual(["privilege_missing"]);
      expect(failures[0]?.message).toContain(privilege.replace(" ON *.*", ""));
    }
  });

  test("downstream, each privilege that is missing is named: a failure for rows and our own tables, a warning for DDL", async () => {
    const quiet = (await downstreamFindings()).filter(({ id }) => id.includes("privilege") || id === "meta_schema");
    expect(quiet.map(({ level }) => level)).toEqual(["ok", "ok"]);
    for (const { privilege, revoke, grant } of parts(await documented("Downstream"))) {
      await downstream.exec(revoke);
      const bad = (await downstreamFindings()).filter(
        ({ id }) => id.includes("privilege") && id !== "table_privileges",
      );
      await downstream.exec(grant);
      const [name = "", object = ""] = privilege.split(" ON ");
      const ddl = object === `${DATA}.*` && ["CREATE", "ALTER", "DROP", "INDEX", "REFERENCES"].includes(name);
      expect(bad.map(({ id, level }) => [id, level])).toEqual([
        ddl ? ["ddl_privilege_missing", "warn"] : ["privilege_missing", "fail"],
      ]);
      expect(bad[0]?.message).toContain(name);
    }
  });
});
