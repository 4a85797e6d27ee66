/** A proxy that cuts connections around COMMIT, of batches and of the checkpoint's own transactions. */

import type { Random } from "../../support/load/random.ts";
import { cutWhere, queryText, type CutMoment, type Packet, type Verdict } from "../../support/mysql-packets.ts";
import { waitFor } from "../../support/wait-for.ts";
import type { FaultScene } from "./scene.ts";

const MOMENTS = ["before", "after", "half"] as const satisfies readonly CutMoment[];

/** How often, for whom and at which moment. */
export type Cuts = Readonly<Record<"batch" | "checkpoint", Record<CutMoment, number>>>;

export interface CommitCuts {
  readonly cuts: Cuts;
  /** From now on. Not before the task runs: one whose first session fails ends. */
  begin(): void;
  /** Waits until there were enough. */
  done(): Promise<void>;
}

/**
 * Cuts some of the COMMITs that pass, until `times` were cut and, of either kind at each moment, at least one. To be called before the
 * task connects.
 */
export function cutCommits(scene: FaultScene, times: number, random: Random): CommitCuts {
  let begun = false;
  const cuts = {
    batch: { before: 0, after: 0, half: 0 },
    checkpoint: { before: 0, after: 0, half: 0 },
  };
  const holders = new Set<number>();
  const all = (): number[] => Object.values(cuts).flatMap((each) => Object.values(each));
  const enough = (): boolean => all().reduce((sum, n) => sum + n, 0) >= times && all().every((n) => n > 0);
  const strike = cutWhere((sql, connection) => {
    if (!begun || enough() || !/\bcommit$/i.test(sql)) return null;
    // Of the checkpoint's connection there is one COMMIT to some dozens of the batches'.
    const of = holders.has(connection) ? "checkpoint" : "batch";
    if (random.below(of === "checkpoint" ? 6 : 30) !== 0) return null;
    const moment = random.pick(MOMENTS);
    cuts[of][moment] += 1;
    return moment;
  });
  const hook = (packet: Packet): Verdict => {
    // Who holds the task's named lock saves its checkpoint.
    if (queryText(packet)?.includes("GET_LOCK(CONCAT('tidemark:'") === true) holders.add(packet.connection);
    return strike.hook(packet);
  };
  scene.proxy.setHook(hook);
  return {
    cuts,
    begin() {
      begun = true;
    },
    async done() {
      await waitFor(() => (enough() ? true : undefined), {
        what: `${times} cuts, of either kind at each moment`,
        timeoutMs: 60_000 + times * 2_000,
        explain: () => JSON.stringify(cuts),
      });
    },
  };
}
