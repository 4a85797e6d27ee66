import type { TableMap } from "../../../src/binlog/table-map.ts";
import type { RowsChange, TableHandle } from "../../../src/binlog/transaction.ts";
import { connect } from "../../../src/mysql/connection.ts";
import { readEnd } from "../../../src/upstream/start.ts";
import { startReading } from "../../support/read-upstream.ts";
import type { Server } from "../../support/servers/index.ts";

/**
 * Runs statements on one connection, and gives the row changes that they left in the log of `database`. `resolve`: what is known of its
 * tables; else all texts are utf8mb4 and all numbers signed.
 */
export async function changesOf(
  server: Server,
  database: string,
  statements: readonly string[],
  resolve?: (map: TableMap) => TableHandle | null,
): Promise<RowsChange[]> {
  const connection = await connect(server.address);
  try {
    await connection.run(`USE ${database}`);
    const start = await readEnd(connection);
    for (const statement of statements) await connection.run(statement);
    const end = await readEnd(connection);
    const upstream = { ...server.address, netTimeoutMs: 10_000, serverId: 4713 };
    const reading = startReading({
      upstream,
      flavour: server.flavour,
      start,
      database,
      ...(resolve === undefined ? {} : { resolve }),
    });
    const reached = (): boolean => {
      const last = reading.handedOut.at(-1);
      return last !== undefined && last.file === end.file && last.end >= end.offset;
    };
    await reading.until("the log's end", reached);
    await reading.stop();
    return reading.handedOut.flatMap(({ changes }) => [...changes]);
  } finally {
    await connection.close();
  }
}
