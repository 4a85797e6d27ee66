import { readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fatal } from "../errors.ts";
import type { Environment } from "./interpolate.ts";
import { parseTask, parseTaskContact, type TaskContact } from "./parse-task.ts";
import { unreadableReason } from "./read-secrets.ts";
import type { Task } from "./task.ts";

/** More than any task file holds: what is larger is not one. */
const FILE_BYTES_MAX = 1024 * 1024;

/**
 * The task that a file on disk describes; files that it names are looked for beside it.
 * Throws `task_file_unreadable` or `task_file_invalid` (both: exit code 2).
 */
export function loadTask(file: string, environment: Environment): Task {
  const readFile = (path: string): string => readFileSync(resolve(dirname(file), path), "utf8");
  return parseTask({ file, text: readTaskFile(file), environment, readFile });
}

/** The name and address of a task that runs already. Throws as {@link loadTask}. */
export function loadTaskContact(file: string, environment: Environment): TaskContact {
  return parseTaskContact({ file, text: readTaskFile(file), environment });
}

function readTaskFile(file: string): string {
  let reason = "it is larger than 1 MiB";
  try {
    if (statSync(file).size <= FILE_BYTES_MAX) return readFileSync(file, "utf8");
  } catch (error) {
    reason = unreadableReason(error);
  }
  throw fatal("task_file_unreadable", `the task file ${file} can't be read: ${reason}`, {
    stage: "config",
    hint: "Check the path and its permissions; `tidemark init` writes a task file to begin with.",
  });
}
