/** Real servers that replicate from each other by GTID, as the upstreams that a task may choose from do. */

import { waitFor } from "../wait-for.ts";
import type { RunningServer } from "./server.ts";

/** Options with which a server can be one of a group. */
export const GROUP_OPTIONS = { "log-slave-updates": "ON", "slave-net-timeout": 5 } as const;

/** Makes `replica` follow `source` from what both have now on; what only the replica has must be nothing. */
export async function replicate(replica: RunningServer, source: RunningServer): Promise<void> {
  await replica.exec(
    replica.flavour === "mysql"
      ? `CHANGE REPLICATION SOURCE TO SOURCE_HOST='${source.host}', SOURCE_PORT=${source.port}, SOURCE_USER='${source.user}',
           SOURCE_PASSWORD='${source.password}', SOURCE_AUTO_POSITION=1, GET_SOURCE_PUBLIC_KEY=1, SOURCE_CONNECT_RETRY=1;
         START REPLICA`
      : `CHANGE MASTER TO MASTER_HOST='${source.host}', MASTER_PORT=${source.port}, MASTER_USER='${source.user}',
           MASTER_PASSWORD='${source.password}', MASTER_USE_GTID=slave_pos, MASTER_CONNECT_RETRY=1;
         START SLAVE`,
  );
}

/** Stops following; what it has stays. */
export async function promote(replica: RunningServer): Promise<void> {
  await replica.exec(replica.flavour === "mysql" ? "STOP REPLICA; RESET REPLICA ALL" : "STOP SLAVE; RESET SLAVE ALL");
}

/** The replica applies nothing more, and keeps its place. */
export async function halt(replica: RunningServer): Promise<void> {
  await replica.exec(replica.flavour === "mysql" ? "STOP REPLICA" : "STOP SLAVE");
}

/** What a server has logged: MySQL's executed set, MariaDB's position in its own log. */
export async function gtidsOf(server: RunningServer): Promise<string> {
  const variable = server.flavour === "mysql" ? "gtid_executed" : "gtid_binlog_pos";
  const [row] = await server.query(`SELECT @@GLOBAL.${variable} AS gtids`);
  return String(row?.["gtids"]).replaceAll("\n", "");
}

/** Waits until `replica` has logged what `source` has logged now. */
export async function caughtUp(replica: RunningServer, source: RunningServer): Promise<void> {
  const wanted = await gtidsOf(source);
  await waitFor(async () => ((await gtidsOf(replica)) === wanted ? true : undefined), {
    what: `the replica to have ${wanted}`,
    explain: async () => {
      const [row] = await replica.query(replica.flavour === "mysql" ? "SHOW REPLICA STATUS" : "SHOW SLAVE STATUS");
      return `${await gtidsOf(replica)}\n${JSON.stringify(row)}`;
    },
  });
}
