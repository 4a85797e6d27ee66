/** One result of `tidemark check`: something that was looked at before a task runs. */
export interface Finding {
  /** Stable, snake_case: `binlog_format`, `primary_key_missing`. Scripts may rely on it. */
  readonly id: string;
  /** `fail`: the task would not run, or would not be right. `warn`: it runs, and somebody should know. */
  readonly level: "ok" | "warn" | "fail";
  readonly subject: "upstream" | "downstream" | "task";
  /** One sentence: what was found. Never a secret. */
  readonly message: string;
  /** One sentence: what to do about it; null when there is nothing to do. */
  readonly hint: string | null;
}
