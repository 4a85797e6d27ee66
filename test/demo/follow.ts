/** The demo's syncer: started, watched, killed, started again. */

import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { Load } from "../support/load.ts";
import type { Status } from "../support/tidemark/status-contract.ts";
import { readStatus, startTidemark, tail, type Ended, type SyncerProcess } from "../support/tidemark/syncer-process.ts";
import type { TaskFile } from "../support/tidemark/task-file.ts";
import { counted, type Screen } from "./screen.ts";

/** Something went wrong in a way that the demo can explain. */
export class DemoFailure extends Error {}

/** Shows the live line until `done` says that it is enough. @throws DemoFailure when the syncer ends, fails or takes too long */
export async function watch(
  screen: Screen,
  syncer: SyncerProcess,
  task: TaskFile,
  load: Load,
  done: (status: Status, elapsedMs: number) => boolean,
  timeoutMs = 45_000,
): Promise<Status> {
  const started = performance.now();
  for (;;) {
    if (!syncer.running()) throw new DemoFailure(`the syncer ended by itself:\n${tail(syncer.stderr(), 15)}`);
    const status = await readStatus(task);
    const elapsedMs = performance.now() - started;
    if (status !== undefined) {
      screen.live(progress(status, load));
      if (status.state === "failed") throw new DemoFailure(`the task failed: ${JSON.stringify(status.error)}`);
      if (done(status, elapsedMs)) return status;
    }
    if (elapsedMs > timeoutMs)
      throw new DemoFailure(`nothing more within ${timeoutMs / 1000} s:\n${tail(syncer.stderr(), 15)}`);
    await delay(200);
  }
}

function progress(status: Status, load: Load): string {
  const { inserted, updated, deleted } = status.rows;
  const lag = status.lag.applySeconds;
  return [
    status.state.padEnd(8),
    `upstream ${counted(load.committed)} commits`,
    `this run applied ${counted(status.transactions.applied)} transactions, ${counted(inserted + updated + deleted)} rows`,
    lag === null ? "lag unknown" : `${lag.toFixed(1)} s behind`,
    `checkpoint ${status.checkpoint === null ? "none yet" : `${status.checkpoint.file}:${status.checkpoint.offset}`}`,
  ].join(" · ");
}

/** Starts `tidemark run`, its log going to a file that a reader can look at. */
export function startFollowing(task: TaskFile): SyncerProcess {
  return startTidemark(["run", task.path]);
}

/** Writes what the syncer said into a file, for whoever wants to read it. */
export async function keepLog(file: string, ended: Ended): Promise<void> {
  const stream = createWriteStream(file, { flags: "a" });
  stream.end(ended.stderr);
  await finished(stream);
}
