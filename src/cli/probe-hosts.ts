import type { Task } from "../config/task.ts";
import { asTidemarkError } from "../errors.ts";
import { connect, readServerInfo, type Connection } from "../mysql/connection.ts";
import type { Finding } from "../mysql/finding.ts";
import type { ServerInfo } from "../mysql/flavour.ts";
import { findingOf } from "../mysql/preflight.ts";
import { hostText } from "../upstream/hosts.ts";
import { reachable } from "../upstream/preflight.ts";
import { checkFurtherHost } from "../upstream/successor.ts";

/** A server that answers; whoever gets it closes the connection. */
export interface Reached {
  readonly connection: Connection;
  readonly server: ServerInfo;
}

/**
 * The first of the upstream's hosts that can be reached, or null. The others are looked at as its successors; one that can't be
 * reached, or can't take over, is a failure only when there is no other.
 */
export async function reachUpstream(task: Task, findings: Finding[]): Promise<Reached | null> {
  let first: Reached | null = null;
  const refused: Finding[] = [];
  for (const host of task.upstream.hosts) {
    try {
      const connection = await connect({ ...task.upstream, ...host }, undefined, { stage: "check" });
      const server = await readServerInfo(connection);
      findings.push(reachable(server, host.host, host.port, "upstream"));
      if (first === null) first = { connection, server };
      else {
        findings.push(...(await checkFurtherHost(connection, server, first.server, hostText(host))));
        await connection.close();
      }
    } catch (thrown) {
      refused.push(findingOf(asTidemarkError(thrown, "check"), "upstream"));
    }
  }
  findings.push(...refused.map((finding): Finding => ({ ...finding, level: first === null ? "fail" : "warn" })));
  return first;
}
