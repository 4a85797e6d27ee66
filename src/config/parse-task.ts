import { TidemarkError } from "../errors.ts";
import { hostText, type HostAddress } from "../upstream/hosts.ts";
import type { StartPoint } from "../upstream/start.ts";
import { checkSense } from "./check-sense.ts";
import { checkShape } from "./check-shape.ts";
import type { Environment } from "./interpolate.ts";
import { parseListen } from "./listen.ts";
import { inOrder, mistakeText, type Mistake } from "./mistake.ts";
import { readNamedFiles, withoutLineEnd, type NamedFiles, type ReadFile } from "./read-secrets.ts";
import { taskContactSchema, taskSchema, type TaskText } from "./schema.ts";
import { serverIdOf } from "./server-id.ts";
import type { ApplyOptions, Downstream, ListenAddress, Task, Upstream } from "./task.ts";
import { parseDuration, parseSize } from "./units.ts";
import { readYaml } from "./yaml-tree.ts";

/** A task file and the world that it speaks of. */
export interface TaskFile {
  /** As it is called in mistakes. */
  readonly file: string;
  readonly text: string;
  readonly environment: Environment;
  readonly readFile: ReadFile;
}

/** `task_file_invalid`: everything that is wrong with a task file, at once. */
export class TaskFileInvalid extends TidemarkError {
  readonly file: string;
  readonly mistakes: readonly Mistake[];

  constructor(file: string, mistakes: readonly Mistake[]) {
    const lines = mistakes.map((mistake) => mistakeText(file, mistake));
    super("task_file_invalid", lines.join("\n"), {
      stage: "config",
      hint: "Mend the task file at these places; docs/task-file.md describes every key.",
    });
    this.file = file;
    this.mistakes = mistakes;
  }
}

/** The task that the file describes, frozen. Throws {@link TaskFileInvalid} with all mistakes in the order of the file. */
export function parseTask(source: TaskFile): Task {
  const tree = readYaml(source.text, source.environment);
  if (tree.value === undefined && tree.mistakes.length > 0)
    throw new TaskFileInvalid(source.file, inOrder(tree.mistakes));
  const shape = checkShape(tree, taskSchema);
  const files = readNamedFiles(tree, source.readFile);
  const mistakes = inOrder([...tree.mistakes, ...shape.mistakes, ...checkSense(tree), ...files.mistakes]);
  if (mistakes.length > 0 || shape.task === null) throw new TaskFileInvalid(source.file, mistakes);
  return frozen(assemble(shape.task, files));
}

/** What is needed to talk to a task that runs already: neither secrets nor their variables are asked for. */
export interface TaskContact {
  readonly name: string;
  readonly listen: ListenAddress | null;
}

/** Reads only `name` and `status`; mistakes elsewhere in the file don't matter here. Throws {@link TaskFileInvalid}. */
export function parseTaskContact(source: Omit<TaskFile, "readFile">): TaskContact {
  const tree = readYaml(source.text, source.environment, new Set(Object.keys(taskContactSchema.shape)));
  const shape = checkShape(tree, taskContactSchema);
  const mistakes = inOrder(tree.value === undefined ? tree.mistakes : [...tree.mistakes, ...shape.mistakes]);
  if (mistakes.length > 0 || shape.task === null) throw new TaskFileInvalid(source.file, mistakes);
  return { name: shape.task.name, listen: listenOf(shape.task.status.listen) };
}

function listenOf(text: string): ListenAddress | null {
  return text === "off" ? null : parseListen(text);
}

function assemble(task: TaskText, files: NamedFiles): Task {
  const { upstream, downstream, apply } = task;
  const netTimeoutMs = milliseconds(upstream.netTimeout);
  const hosts = hostsOf(upstream);
  const reading: Upstream = {
    ...addressOf({ ...upstream, host: hosts[0]?.host ?? "", port: hosts[0]?.port ?? upstream.port }, "upstream", files),
    hosts,
    failoverAfterMs: milliseconds(upstream.failoverAfter),
    start: startOf(upstream.start),
    netTimeoutMs,
    heartbeatMs: upstream.heartbeat === undefined ? netTimeoutMs / 2 : milliseconds(upstream.heartbeat),
    serverId: upstream.serverId ?? serverIdOf(task.name),
    semiSync: upstream.semiSync === "on",
  };
  const writing: Downstream = {
    ...addressOf(downstream, "downstream", files),
    metaSchema: downstream.metaSchema,
    netTimeoutMs: milliseconds(downstream.netTimeout),
  };
  return {
    name: task.name,
    upstream: reading,
    downstream: writing,
    tables: task.tables,
    routes: task.routes,
    apply: {
      workers: apply.workers,
      batchRows: apply.batchRows,
      batchBytes: parseSize(apply.batchBytes) ?? Number.NaN,
      ...largeTransactions(apply),
      consistency: apply.consistency,
      missingRow: apply.missingRow,
      foreignKeyChecks: apply.foreignKeyChecks,
      stopGraceMs: milliseconds(apply.stopGrace),
    },
    checkpoint: { intervalMs: milliseconds(task.checkpoint.interval) },
    retry: {
      baseMs: milliseconds(task.retry.base),
      capMs: milliseconds(task.retry.cap),
      budgetMs: task.retry.budget === "off" ? null : milliseconds(task.retry.budget),
    },
    status: { listen: listenOf(task.status.listen) },
  };
}

/** `host` first, each once. */
function hostsOf({ host, port, hosts }: TaskText["upstream"]): readonly HostAddress[] {
  const all = [...(host === undefined ? [] : [{ host, port }]), ...hosts];
  return all.filter((each, index) => index === all.findIndex((other) => hostText(other) === hostText(each)));
}

/** Of a text that the schema has let through. */
function milliseconds(duration: string): number {
  return parseDuration(duration) ?? Number.NaN;
}

function addressOf(
  server: (TaskText["upstream"] | TaskText["downstream"]) & HostAddress,
  side: "upstream" | "downstream",
  files: NamedFiles,
) {
  const [ca, cert, key] = [files.text(side, "ca"), files.text(side, "cert"), files.text(side, "key")];
  return {
    host: server.host,
    port: server.port,
    user: server.user,
    password: server.password ?? withoutLineEnd(files.text(side, "passwordFile") ?? ""),
    tls: {
      mode: server.tls,
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    },
    connectTimeoutMs: milliseconds(server.connectTimeout),
  };
}

function startOf(start: TaskText["upstream"]["start"]): StartPoint {
  if (typeof start === "string") return { kind: start };
  return "gtids" in start ? { kind: "gtids", gtids: start.gtids } : { kind: "position", ...start };
}

function frozen<T>(value: T): T {
  if (value !== null && typeof value === "object") {
    for (const inner of Object.values(value)) frozen(inner);
    Object.freeze(value);
  }
  return value;
}

/** One that may be cut at a size is not held beyond it. */
function largeTransactions(apply: TaskText["apply"]): Pick<ApplyOptions, "streamBytes" | "splitBytes"> {
  const streamBytes = parseSize(apply.streamTransactionsOver) ?? Number.NaN;
  const splitBytes = apply.splitTransactionsOver === undefined ? null : parseSize(apply.splitTransactionsOver);
  return { streamBytes: Math.min(streamBytes, splitBytes ?? streamBytes), splitBytes };
}
