/** What the upstream's own general log says of those who read it: how often they got in, and how often a dump began. */

import { readFile } from "node:fs/promises";

export interface ReaderCounts {
  /** Connections that were made, handshake and all; those that never asked for a dump's sake are left out. */
  readonly connects: number;
  /** Dumps that the server began. */
  readonly dumps: number;
}

/** A line is `time<TAB>thread command<TAB>argument`, the thread padded with blanks; in MariaDB times come only when they change. */
const LINE = /^\S*(?: \S+)?\t\s*(\d+) ([A-Z]\w+(?: \w+)*)\t(.*)$/;
/** The first question of connections that look at the log's end instead of reading it, and of those that prepare a session. */
const LOOKS = /^SHOW GLOBAL VARIABLES WHERE Variable_name IN \('version', 'server_id', 'server_uuid'\)/;

/** Counts by user. */
export async function countReaders(
  generalLog: string,
  users: readonly string[],
): Promise<Record<string, ReaderCounts>> {
  const threads = new Map<string, { readonly user: string; dumps: number; first: string | null }>();
  for (const line of (await readFile(generalLog, "utf8")).split("\n")) {
    const [, thread = "", command = "", argument = ""] = LINE.exec(line) ?? [];
    const known = threads.get(thread);
    if (command === "Connect") {
      const user = argument.split("@", 1)[0] ?? "";
      // "Access denied …" is a Connect as well.
      if (users.includes(user)) threads.set(thread, { user, dumps: 0, first: null });
    } else if (known !== undefined && command.startsWith("Binlog Dump")) known.dumps += 1;
    else if (known !== undefined && command === "Query") known.first ??= argument;
  }
  const counts: Record<string, ReaderCounts> = {};
  for (const user of users) {
    const own = [...threads.values()].filter((each) => each.user === user && !LOOKS.test(each.first ?? ""));
    counts[user] = { connects: own.length, dumps: own.reduce((sum, { dumps }) => sum + dumps, 0) };
  }
  return counts;
}
