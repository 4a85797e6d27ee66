import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { Command, CommanderError, Option } from "commander";
import { initFile } from "../config/init-file.ts";
import { taskJsonSchema } from "../config/keys.ts";
import { loadTaskContact } from "../config/load-task.ts";
import { parseUntil } from "../config/until.ts";
import { asTidemarkError, fatal } from "../errors.ts";
import { check, type Probe } from "./check.ts";
import type { ExitCode, Io } from "./io.ts";
import { LOG_LEVELS, type LogLevel } from "./log-output.ts";
import { errorText, exitCodeOf } from "./report.ts";
import { run, type RunTask } from "./run.ts";
import { statusText } from "./status-text.ts";
import { askStatus, giveOrder, ORDERS, type Order } from "./talk.ts";

/** What is only loaded when a command needs it. */
export interface Rooms {
  readonly runTask: () => Promise<RunTask>;
  readonly probe: () => Promise<Probe>;
}

/** argv (without node and script) → exit code. Never throws; everything that goes wrong is told on stderr. */
export async function main(argv: readonly string[], io: Io, rooms: Rooms): Promise<ExitCode> {
  let code: ExitCode = 0;
  const program = commandLine(io, rooms, (result) => {
    code = result;
  });
  try {
    await program.parseAsync(argv, { from: "user" });
    return code;
  } catch (thrown) {
    // commander has told what is wrong by itself.
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
    const error = asTidemarkError(thrown, "usage");
    io.err.write(errorText(error, []));
    return error.name === "unexpected" ? 1 : exitCodeOf(error);
  }
}

const FILE = "TASK.yaml";

function commandLine(io: Io, rooms: Rooms, done: (code: ExitCode) => void): Command {
  const program = new Command("tidemark")
    .description("Copies the changes of a MySQL or MariaDB server into another database, continuously.")
    .version(version(), "--version", "print the version")
    .helpOption("--help", "print help")
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeOut: io.out.write, writeErr: io.err.write })
    .showHelpAfterError("(tidemark --help lists the commands)")
    .addHelpText(
      "after",
      `
Exit codes: 0 did what was asked · 1 a fatal error · 2 usage or task file · 3 the task runs elsewhere · 4 check found failures
Signals: SIGTERM and SIGINT stop at a transaction boundary, a second one forces; SIGHUP reloads the task file`,
    );
  addRun(program, io, rooms, done);
  program
    .command("check")
    .description("look at everything that can be known before starting")
    .argument(`<${FILE}>`)
    .option("--json", "print JSON")
    .action(async (file: string, { json }: { json?: boolean }) =>
      done(await check(file, json ?? false, io, await rooms.probe())),
    );
  addTalk(program, io);
  program
    .command("init")
    .description("write a commented task file: to FILE, else to stdout")
    .argument("[FILE]", "must not exist yet")
    .action((file?: string) => init(file, io));
  program
    .command("schema")
    .description("print the task file's JSON Schema")
    .action(() => io.out.write(`${JSON.stringify(taskJsonSchema(), null, 2)}\n`));
  return program;
}

function addRun(program: Command, io: Io, rooms: Rooms, done: (code: ExitCode) => void): void {
  program
    .command("run")
    .description("run the task in the foreground")
    .argument(`<${FILE}>`)
    .option("--until <goal>", "now, GTIDS or FILE:OFFSET: apply up to there, save the checkpoint, end")
    .addOption(new Option("--log-level <level>", "least level of what is logged").choices(LOG_LEVELS).default("info"))
    .action(async (file: string, options: { until?: string; logLevel: LogLevel }) => {
      const until = options.until === undefined ? null : parseUntil(options.until);
      done(await run({ file, until, logLevel: options.logLevel }, io, await rooms.runTask()));
    });
}

const DESCRIPTIONS: Readonly<Record<Order, string>> = {
  pause: "ask the running task to pause",
  resume: "ask the paused or failed task to go on",
  stop: "ask the running task to stop and end",
  reload: "ask the running task to read its task file again",
};

function addTalk(program: Command, io: Io): void {
  program
    .command("status")
    .description("ask the running task how it is")
    .argument(`<${FILE}>`)
    .option("--json", "print JSON")
    .action(async (file: string, { json }: { json?: boolean }) => {
      const told = await askStatus(loadTaskContact(file, io.environment), io.clock);
      io.out.write(json === true ? `${JSON.stringify(told.json, null, 2)}\n` : statusText(told.status));
    });
  for (const order of ORDERS) {
    const command = program
      .command(order)
      .description(DESCRIPTIONS[order])
      .argument(`<${FILE}>`)
      .option("--json", "print JSON");
    if (order === "stop") command.option("--force", "at once, without saving progress");
    command.action(async (file: string, options: { json?: boolean; force?: boolean }) => {
      const contact = loadTaskContact(file, io.environment);
      const message = await giveOrder(contact, order, options.force ?? false, io.clock);
      io.out.write(
        options.json === true
          ? `${JSON.stringify({ task: contact.name, message })}\n`
          : `${contact.name}: ${message}\n`,
      );
    });
  }
}

function init(file: string | undefined, io: Io): void {
  if (file === undefined) return io.out.write(initFile());
  if (existsSync(file)) {
    throw fatal("init_file_exists", `${file} exists already`, {
      stage: "usage",
      hint: "Name a file that isn't there yet.",
    });
  }
  writeFileSync(file, initFile(), { flag: "wx", mode: 0o600 });
  return io.out.write(`wrote ${file}\n`);
}

function version(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return /"version":\s*"([^"]+)"/.exec(text)?.[1] ?? "unknown";
}
