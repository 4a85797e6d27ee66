import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { migrations } from "../../migrations/index.ts";
import { kyselyOver, migrateMetaSchema } from "../../src/checkpoint/meta-schema.ts";
import { connect, type Connection } from "../../src/mysql/connection.ts";
import type { RunningServer } from "../support/servers/index.ts";
import { sharedServer } from "../support/servers/shared.ts";

const META = "tidemark_upgrade";
const FIRST = "0001-task";

describe.each(["mysql", "mariadb"] as const)("our own tables on %s", (flavour) => {
  let server: RunningServer;
  let connection: Connection;

  beforeAll(async () => {
    server = await sharedServer(flavour, "b");
  });
  const clean = (): Promise<void> => server.exec(`DROP DATABASE IF EXISTS ${META}`);
  beforeEach(async () => {
    await clean();
    connection = await connect(server.address);
  });
  afterEach(() => connection.close());
  afterAll(clean);

  /** Every column of every table, in order. */
  const columns = (): Promise<unknown> =>
    server.query(
      `SELECT TABLE_NAME AS t, COLUMN_NAME AS c, COLUMN_TYPE AS type FROM information_schema.COLUMNS
        WHERE TABLE_SCHEMA = '${META}' ORDER BY TABLE_NAME, ORDINAL_POSITION`,
    );
  const recorded = async (): Promise<unknown[]> =>
    (await server.query(`SELECT name FROM ${META}.migration ORDER BY name`)).map((row) => row["name"]);

  test("M1: those of the first version are brought up to date, with what is in them, and are then as if made today", async () => {
    await server.exec(`CREATE DATABASE ${META} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`);
    await connection.run(`USE ${META}`);
    await migrations[FIRST]?.up(kyselyOver(connection));
    await server.exec(
      `CREATE TABLE migration (name VARCHAR(255) NOT NULL PRIMARY KEY, timestamp VARCHAR(255) NOT NULL);
       INSERT INTO migration VALUES ('${FIRST}', '2026-11-01T00:00:00.000Z');
       INSERT INTO task VALUES ('orders', 7, 'host:1', UTC_TIMESTAMP(3));
       INSERT INTO ddl_intent (task, end_file, end_offset, gtid, statement, before_fingerprint) VALUES ('orders', 'binlog.000001', 300, '', 'DROP TABLE t', REPEAT('f', 64))`,
      META,
    );
    await migrateMetaSchema(connection, META);
    expect(await recorded()).toEqual(Object.keys(migrations));
    expect(await server.query(`SELECT name, epoch FROM ${META}.task`)).toEqual([{ name: "orders", epoch: 7 }]);
    expect(await server.query(`SELECT statement, refused FROM ${META}.ddl_intent`)).toEqual([
      { statement: "DROP TABLE t", refused: 0 },
    ]);
    const upgraded = await columns();
    await clean();
    await migrateMetaSchema(connection, META);
    expect(upgraded).toEqual(await columns());
  });

  test("M2: those of a newer version are refused, and left as they are", async () => {
    await migrateMetaSchema(connection, META);
    const before = await columns();
    await server.exec("INSERT INTO migration VALUES ('9999-of-the-future', '2030-01-01T00:00:00.000Z')", META);
    await expect(migrateMetaSchema(connection, META)).rejects.toMatchObject({
      name: "meta_schema_newer",
      kind: "fatal",
      facts: { migrations: "9999-of-the-future" },
    });
    expect(await columns()).toEqual(before);
  });
});
