/** A task run in the test's own process: for what can't be seen, or not be set, from the outside of one. */

import { parseTask } from "../../../src/config/parse-task.ts";
import type { Task } from "../../../src/config/task.ts";
import { systemClock, type Clock } from "../../../src/clock.ts";
import { runTask } from "../../../src/daemon.ts";
import type { TidemarkError } from "../../../src/errors.ts";
import { silentLog, type Log } from "../../../src/log.ts";
import { readStatus, type Status } from "../../../src/status/status.ts";
import type { LiveFacts, StatusSource, TaskControls } from "../../../src/status/source.ts";
import { realDoors, type Doors } from "../../../src/syncer/doors.ts";
import { waitFor } from "../wait-for.ts";
import type { ServerSide } from "./task-file.ts";

/** A task that runs. */
export interface RunningTask {
  readonly controls: TaskControls;
  facts(): LiveFacts;
  status(): Status;
  /** Waits until the status is so; fails when the task ends or fails before. */
  until(what: string, wanted: (status: Status) => boolean, timeoutMs?: number): Promise<Status>;
  /** Resolves when it ended, with its error. */
  readonly ended: Promise<TidemarkError | null>;
  /** Stops it and waits for its end. */
  stop(): Promise<TidemarkError | null>;
}

/** A server as a task file's flow mapping has it: `upstream: { ${side(server)}, netTimeout: 1s }`. */
export function side({ host, port, user, password }: ServerSide): string {
  return `host: "${host}", port: ${port}, user: "${user}", password: "${password}"`;
}

/** The task of a file's text. Passwords stand in it. */
export function taskOf(text: string): Task {
  return parseTask({ file: "task.yaml", text, environment: {}, readFile: () => "" });
}

export function runInProcess(
  task: Task,
  options: { readonly clock?: Clock; readonly log?: Log; readonly doors?: Doors } = {},
): RunningTask {
  const { clock = systemClock, log = silentLog, doors = realDoors } = options;
  const [stop, kill] = [new AbortController(), new AbortController()];
  let source: (StatusSource & TaskControls) | null = null;
  let over = false;
  const ended = runTask({
    task,
    until: null,
    clock,
    doors,
    log,
    holder: "test",
    stop: stop.signal,
    kill: kill.signal,
    onSource: (given) => {
      source = given;
    },
  }).then(({ error }) => {
    over = true;
    return error;
  });
  if (source === null) throw new Error("the task told no source");
  const given: StatusSource & TaskControls = source;
  const reader = readStatus(given, clock);
  return {
    controls: given,
    facts: () => given.facts(),
    status: () => reader.read(),
    ended,
    until: (what, wanted, timeoutMs = 30_000) =>
      waitFor(
        () => {
          const status = reader.read();
          if (wanted(status)) return status;
          if (over || status.state === "failed")
            throw new Error(`the task is ${status.state} before ${what}: ${JSON.stringify(status.error)}`);
          return undefined;
        },
        { what, timeoutMs, everyMs: 20, explain: () => JSON.stringify(reader.read()) },
      ),
    async stop() {
      stop.abort();
      const timer = setTimeout(() => kill.abort(), 20_000);
      const error = await ended;
      clearTimeout(timer);
      reader.close();
      return error;
    },
  };
}
