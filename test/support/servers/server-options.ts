/** The options that every server of ours starts with: a small server, a binary log that can be followed, loopback only. */

import { versionNumber, type Flavour } from "../../../src/mysql/flavour.ts";
import type { ServerOptions } from "./server.ts";

/**
 * `durable` is what production uses: a commit is on disk before it is answered. Without it commits are written but not synced: a killed
 * *server process* still loses nothing, because the system keeps what was written; only a killed machine would. (The redo log's 0 would
 * not do: it leaves commits in the server's own memory for a second, so a `kill -9` loses what was answered.)
 */
export function serverDefaults(flavour: Flavour, version: string, durable: boolean): ServerOptions {
  return {
    "skip-name-resolve": true,
    "log-bin": "binlog",
    "innodb-buffer-pool-size": "64M",
    "innodb-flush-log-at-trx-commit": durable ? 1 : 2,
    "sync-binlog": durable ? 1 : 0,
    "performance-schema": "OFF",
    "default-time-zone": "+00:00",
    "max-connections": 200,
    ...(durable ? {} : { "innodb-doublewrite": flavour === "mysql" ? "OFF" : 0 }),
    ...(flavour === "mysql"
      ? {
          "gtid-mode": "ON",
          "enforce-gtid-consistency": "ON",
          "innodb-redo-log-capacity": durable ? "512M" : "64M",
          // The X protocol would listen on a port of its own.
          mysqlx: "OFF",
          ...(versionNumber(version) < 90_000 ? { "binlog-format": "ROW" } : {}),
        }
      : // Debian's configuration says utf8mb4 where MariaDB's own default is latin1; these servers read no configuration.
        {
          "binlog-format": "ROW",
          "character-set-server": "utf8mb4",
          "innodb-log-file-size": durable ? "512M" : "64M",
        }),
  };
}

/** `{ a: 1, b: true }` → `--a=1 --b` */
export function optionArguments(options: ServerOptions): readonly string[] {
  return Object.entries(options).map(([name, value]) => (value === true ? `--${name}` : `--${name}=${value}`));
}
