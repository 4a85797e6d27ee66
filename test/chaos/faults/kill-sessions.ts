/** KILL of the task's own sessions at the downstream, at random. */

import { setTimeout as delay } from "node:timers/promises";
import type { Random } from "../../support/load/random.ts";
import type { SyncerProcess } from "../../support/tidemark/syncer-process.ts";
import { waitFor } from "../../support/wait-for.ts";
import type { FaultScene } from "./scene.ts";

/** What was ended. */
export interface Kills {
  readonly connections: number;
  readonly statements: number;
}

/**
 * Ends `times` sessions of the task, or only their statement in hand (KILL QUERY), the one that holds the checkpoint and the task's lock included.
 * After each there is a moment, of random length, in which it may go on.
 */
export async function killSessions(
  scene: FaultScene,
  times: number,
  random: Random,
  syncer: SyncerProcess,
): Promise<Kills> {
  const kills = { connections: 0, statements: 0 };
  while (kills.connections + kills.statements < times) {
    const sessions = await waitFor(
      async () => {
        const found = await scene.connections();
        return found.length > 0 || !syncer.running() ? found : undefined;
      },
      { what: "the task has a session downstream", everyMs: 10 },
    );
    // A process ends when its first session is.
    if (!syncer.running()) break;
    const session = sessions[random.below(sessions.length)];
    const statementOnly = random.below(2) === 0;
    // It may be gone by now.
    const killed = await scene.downstream.query(`KILL ${statementOnly ? "QUERY" : "CONNECTION"} ${session}`).then(
      () => true,
      () => false,
    );
    if (killed) kills[statementOnly ? "statements" : "connections"] += 1;
    await delay(random.below(120));
  }
  return kills;
}
