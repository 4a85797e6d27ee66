import type { Task } from "../config/task.ts";
import { loadTask } from "../config/load-task.ts";
import type { Finding } from "../mysql/finding.ts";
import { wantsColour, type ExitCode, type Io } from "./io.ts";
import { secretsOf } from "./run.ts";
import { withoutSecrets } from "./report.ts";

/** Looks at everything that can be known before a task starts; a server that can't be reached is a finding too. */
export type Probe = (task: Task) => Promise<readonly Finding[]>;

/** `tidemark check`: prints the findings; 4 when one of them is a failure. Throws what is wrong with the task file. */
export async function check(file: string, json: boolean, io: Io, probe: Probe): Promise<ExitCode> {
  const task = loadTask(file, io.environment);
  const findings = await probe(task);
  const text = json
    ? `${JSON.stringify({ task: task.name, findings }, null, 2)}\n`
    : findingsText(findings, wantsColour(io.out, io.environment));
  io.out.write(withoutSecrets(text, secretsOf(task)));
  return findings.some(({ level }) => level === "fail") ? 4 : 0;
}

const LEVELS: Readonly<Record<Finding["level"], readonly [word: string, colour: number]>> = {
  ok: ["ok  ", 32],
  warn: ["warn", 33],
  fail: ["FAIL", 31],
};

/** By what was looked at; each with its hint below it, and a line of counts at the end. */
export function findingsText(findings: readonly Finding[], colour: boolean): string {
  const lines: string[] = [];
  for (const subject of ["task", "upstream", "downstream"] as const) {
    const about = findings.filter((finding) => finding.subject === subject);
    if (about.length > 0) lines.push(subject);
    for (const { level, id, message, hint } of about) {
      const [word, number] = LEVELS[level];
      lines.push(`  ${colour ? `\u001B[${number}m${word}\u001B[0m` : word}  ${message} [${id}]`);
      if (hint !== null) lines.push(`        → ${hint}`);
    }
  }
  const count = (level: Finding["level"]): number => findings.filter((finding) => finding.level === level).length;
  lines.push(`${count("ok")} ok, ${count("warn")} warnings, ${count("fail")} failures`);
  return `${lines.join("\n")}\n`;
}
