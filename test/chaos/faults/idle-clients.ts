/** Clients that do nothing but take a server's connections away. */

import mysql from "mysql2/promise";
import { waitFor } from "../../support/wait-for.ts";
import { ACCOUNT, type FaultScene } from "./scene.ts";

/**
 * Lets the downstream have no more than `limit` connections, ends the task's, and takes their places, until it has none. (The one more that a server
 * keeps for its administrators is ours.)
 */
export async function occupyConnections(scene: FaultScene, limit: number): Promise<{ release(): Promise<void> }> {
  const { downstream } = scene;
  const idle: mysql.Connection[] = [];
  const [before] = await downstream.query("SELECT @@GLOBAL.max_connections AS n");
  await downstream.query(`SET GLOBAL max_connections = ${limit}`);
  const { host, port } = downstream;
  const ours = new Set<number>();
  const release = async (): Promise<void> => {
    for (const connection of idle) connection.destroy();
    await downstream.query(`SET GLOBAL max_connections = ${String(before?.["n"])}`);
  };
  scene.atEnd(release);
  await waitFor(
    async () => {
      for (const id of await scene.connections())
        if (!ours.has(id)) await downstream.query(`KILL ${id}`).catch(() => undefined);
      try {
        for (;;) {
          const connection = await mysql.createConnection({ host, port, ...ACCOUNT });
          connection.on("error", () => {});
          idle.push(connection);
          ours.add(connection.threadId ?? -1);
        }
      } catch {
        // Full.
      }
      return (await scene.connections()).every((id) => ours.has(id)) ? true : undefined;
    },
    { what: "the task has no connection left" },
  );
  return { release };
}
