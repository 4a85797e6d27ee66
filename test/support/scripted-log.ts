/** A log of one table for the scripted server, in both flavours' clothes, and a reader that follows it. */

import type { Flavour } from "../../src/mysql/flavour.ts";
import type { Hosts } from "../../src/upstream/hosts.ts";
import type { UpstreamOptions } from "../../src/upstream/session.ts";
import { BinlogBuilder, int, type BuiltTable } from "./binlog-builder.ts";
import { startReading, type Reading, type ReadingOptions } from "./read-upstream.ts";
import { startScriptedServer, type Script, type ScriptedServer } from "./scripted-mysql-server.ts";

export const ORDERS: BuiltTable = { id: 7, database: "shop", table: "orders", columns: [int("id")] };

/** What SHOW GLOBAL VARIABLES says where it isn't the scripted server's own MySQL 8.4. */
const VARIABLES = {
  mysql: {},
  mariadb: { version: "10.11.14-MariaDB-log", server_uuid: "", gtid_mode: "" },
} as const;
const VERSIONS = { mysql: "8.4.3", mariadb: "10.11.14-MariaDB-log" } as const;

export function builderOf(flavour: Flavour): BinlogBuilder {
  return new BinlogBuilder({ serverVersion: VERSIONS[flavour] });
}

/** One transaction that inserts a row whose id is `row`. */
export function insertion(builder: BinlogBuilder, row: number): Buffer[] {
  if (!/mariadb/i.test(builder.serverVersion)) return builder.transaction(null, ORDERS, [[row]]);
  return [
    builder.mariadbGtid(`0-1-${row}`),
    builder.tableMap(ORDERS),
    builder.writeRows(ORDERS, [[row]]),
    builder.xid(),
  ];
}

/** What a dump from `offset` brings: a fake Rotate, the format description, and one transaction for each row that begins there or behind. */
export function logFrom(rows: readonly number[], offset: number, flavour: Flavour = "mysql"): Buffer[] {
  const builder = builderOf(flavour);
  const description = builder.formatDescription(offset === 4 ? {} : { artificial: true });
  if (offset > 4) builder.formatDescription();
  const transactions = rows.flatMap((row) => {
    const start = builder.offset;
    const events = insertion(builder, row);
    return start >= offset ? events : [];
  });
  return [builder.fakeRotate("binlog.000001", offset), description, ...transactions];
}

/** The offset behind so many transactions of {@link logFrom}. */
export function endOf(rows: number, flavour: Flavour = "mysql"): number {
  const builder = builderOf(flavour);
  builder.formatDescription();
  for (let row = 1; row <= rows; row++) insertion(builder, row);
  return builder.offset;
}

export interface Followed {
  readonly now: Reading;
  readonly server: ScriptedServer;
  stop(): Promise<void>;
}

/** Starts a server with this script and a reader that follows it by file and offset, unless `options` say otherwise. */
export async function followScripted(
  script: Script,
  upstream: Partial<UpstreamOptions> = {},
  options: Partial<ReadingOptions> = {},
  hosts?: (port: number) => Hosts,
): Promise<Followed> {
  const flavour = options.flavour ?? "mysql";
  const server = await startScriptedServer(
    // As it is when it has its own: they may change under the server's hands.
    "variables" in script ? script : { ...script, variables: VARIABLES[flavour] },
  );
  const now = startReading({
    upstream: {
      host: "127.0.0.1",
      port: server.port,
      user: "repl",
      password: "secret",
      tls: { mode: "disabled" },
      netTimeoutMs: 5000,
      connectTimeoutMs: 5000,
      serverId: 4711,
      ...upstream,
    },
    start: { file: "binlog.000001", offset: 4, gtids: "" },
    gtidsComplete: false,
    database: "shop",
    backoff: { baseMs: 5, capMs: 20 },
    ...(hosts === undefined ? {} : { hosts: hosts(server.port) }),
    ...options,
    flavour,
  });
  return {
    now,
    server,
    async stop() {
      await now.stop();
      await server.close();
    },
  };
}
