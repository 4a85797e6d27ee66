import type { Clock } from "../clock.ts";
import type { Task } from "../config/task.ts";
import type { Until } from "../config/until.ts";
import type { Log } from "../log.ts";
import type { Doors } from "../syncer/doors.ts";
import type { StatusSource, TaskControls } from "../syncer/facts.ts";

/** What a run of a task needs besides the task file. */
export interface RunOptions {
  readonly task: Task;
  readonly until: Until | null;
  readonly clock: Clock;
  /** Where sessions meet the world; the real one, unless a test says otherwise. */
  readonly doors?: Doors;
  readonly log: Log;
  /** Who we are, for whoever finds the task taken. No other process is called so. */
  readonly holder: string;
  readonly stop: AbortSignal;
  readonly kill: AbortSignal;
  /** Reads the task file again; throws when it is invalid. */
  readonly reload?: () => Task;
  readonly onSource?: (source: StatusSource & TaskControls) => void;
}
