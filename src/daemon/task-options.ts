import type { Task } from "../config/task.ts";
import type { SyncerOptions } from "../syncer.ts";

/** The part of a session's options that the task file says. */
type TaskOptions = Omit<
  SyncerOptions,
  "doors" | "holder" | "until" | "clock" | "log" | "stop" | "kill" | "counters" | "onPhase" | "onSaved"
>;

/** A task in the words of the session. */
export function taskOptions(task: Task): TaskOptions {
  const { name, upstream, downstream, tables, routes, apply, checkpoint, retry } = task;
  return {
    task: name,
    upstream,
    start: upstream.start,
    downstream,
    tables,
    routes,
    workers: apply.workers,
    batchRows: apply.batchRows,
    batchBytes: apply.batchBytes,
    streamBytes: apply.streamBytes,
    splitBytes: apply.splitBytes,
    consistency: apply.consistency,
    missingRow: apply.missingRow,
    foreignKeyChecks: apply.foreignKeyChecks,
    checkpointIntervalMs: checkpoint.intervalMs,
    backoff: retry,
    budgetMs: retry.budgetMs,
  };
}
