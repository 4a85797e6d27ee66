/** Where a server's binary log ends, as the server says. */

import type { RunningServer } from "../servers/index.ts";
import type { Status } from "./status-contract.ts";

export interface LogEnd {
  readonly file: string;
  readonly offset: number;
}

/** SHOW BINARY LOG STATUS (MySQL 8.2+) or SHOW MASTER STATUS (MariaDB). */
export async function logEnd(server: RunningServer): Promise<LogEnd> {
  const [row] = await server.query(server.flavour === "mysql" ? "SHOW BINARY LOG STATUS" : "SHOW MASTER STATUS");
  if (row === undefined) throw new Error(`${server.describe()} has no binary log`);
  return { file: String(row["File"]), offset: Number(row["Position"]) };
}

/** True when a place that a status tells is at `end` or behind it. */
export function reached(place: LogEnd | Status["applied"], end: LogEnd): boolean {
  if (place === null) return false;
  const number = (file: string): number => Number(file.slice(file.lastIndexOf(".") + 1));
  const files = number(place.file) - number(end.file);
  return files > 0 || (files === 0 && place.offset >= end.offset);
}
