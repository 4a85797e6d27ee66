import { loadTask } from "../config/load-task.ts";
import type { Task } from "../config/task.ts";
import type { Until } from "../config/until.ts";
import type { runTask } from "../daemon.ts";
import { asTidemarkError, fatal, type TidemarkError } from "../errors.ts";
import type { Log } from "../log.ts";
import { openStatusServer, type StatusServer } from "../status/server.ts";
import type { StatusSource, TaskControls } from "../status/source.ts";
import { readStatus } from "../status/status.ts";
import { wantsColour, type ExitCode, type Io } from "./io.ts";
import { openLog, type LogLevel } from "./log-output.ts";
import { watchEnding } from "./ending.ts";
import { showProgress } from "./progress.ts";
import { errorText, exitCodeOf } from "./report.ts";
import { whoAnswers } from "./talk.ts";
import { openTerminal, type Terminal } from "./terminal.ts";

/** The daemon's one function, as it is handed to the command. */
export type RunTask = typeof runTask;

export interface RunCommand {
  readonly file: string;
  readonly until: Until | null;
  readonly logLevel: LogLevel;
}

/** `tidemark run`: until the task stops. Throws what is wrong with the task file; every other error is told here. */
export async function run(command: RunCommand, io: Io, start: RunTask): Promise<ExitCode> {
  const load = (): Task => loadTask(command.file, io.environment);
  const task = load();
  const secrets = secretsOf(task);
  const terminal = openTerminal(io.err);
  const log = openLog({ level: command.logLevel, output: io.err, terminal, environment: io.environment, secrets });
  const ending = watchEnding(io, log, task.apply.stopGraceMs);
  const closing: (() => void)[] = [ending.close];
  let server: StatusServer | null = null;
  let error: TidemarkError | null = null;
  try {
    server = await openServer(task, log, io);
    const stage = { io, terminal, server };
    const end = await start({
      task,
      until: command.until,
      clock: io.clock,
      log,
      holder: io.holder,
      stop: ending.stop,
      kill: ending.kill,
      reload: load,
      onSource: (source) => {
        ending.onReload(() => void source.reload());
        closing.push(show(source, ending.watched(source), stage));
      },
    });
    error = end.error;
  } catch (thrown) {
    error = asTidemarkError(thrown, "apply");
  }
  for (const close of closing) close();
  await server?.close();
  if (error === null) return 0;
  tell(error, { io, terminal, log, secrets });
  return exitCodeOf(error);
}

/** Everything of a task that must not be printed. */
export function secretsOf(task: Task): readonly string[] {
  return [task.upstream, task.downstream].flatMap(({ password, tls }) => [
    password,
    ...(tls.key === undefined ? [] : [tls.key]),
  ]);
}

interface Stage {
  readonly io: Io;
  readonly terminal: Terminal;
  readonly server: StatusServer | null;
}

function show(source: StatusSource, controls: TaskControls, { io, terminal, server }: Stage): () => void {
  const reader = readStatus(source, io.clock);
  server?.serve({ status: reader.read, controls });
  const hide = io.err.isTerminal
    ? showProgress({
        terminal,
        columns: io.err.columns,
        colour: wantsColour(io.err, io.environment),
        clock: io.clock,
        status: reader.read,
      })
    : () => undefined;
  return () => {
    hide();
    reader.close();
  };
}

/** On a terminal a person reads the last error; elsewhere it is a line of the log like all others. */
function tell(
  error: TidemarkError,
  { io, terminal, log, secrets }: Omit<Stage, "server"> & { readonly log: Log; readonly secrets: readonly string[] },
): void {
  if (io.err.isTerminal) return terminal.lines(errorText(error, secrets));
  const { name, stage, kind, hint, position, facts } = error;
  return log.fatal(
    { error: name, stage, kind, hint, position: position ?? null, facts, err: error },
    "the task ended with an error",
  );
}

/** The status server; a port that our own task holds already means that it runs. */
async function openServer(task: Task, log: Log, io: Io): Promise<StatusServer | null> {
  const { listen } = task.status;
  if (listen === null) return null;
  try {
    return await openStatusServer(listen, log);
  } catch (thrown) {
    const error = asTidemarkError(thrown, "status");
    if (error.name !== "status_port_in_use" || (await whoAnswers(listen, io.clock)) !== task.name) throw error;
    throw fatal("task_running_elsewhere", `the task ${task.name} runs already: it answers on its status address`, {
      stage: "status",
      hint: "Stop the other one first (`tidemark stop`); if it is another task, give it another name and `status.listen`.",
      cause: error,
    });
  }
}
