import type { TidemarkError } from "../errors.ts";
import type { ExitCode } from "./io.ts";

/** Which exit code an error ends in. */
export function exitCodeOf(error: TidemarkError): ExitCode {
  if (error.stage === "usage" || error.stage === "config") return 2;
  return error.name === "task_running_elsewhere" || error.name === "task_taken_over" ? 3 : 1;
}

/**
 * An error for somebody who is woken by it: what it is called, what happened, where, what to do, where to read on.
 * A task file's mistakes are printed as they are, one a line, so that editors find their places.
 */
export function errorText(error: TidemarkError, secrets: readonly string[]): string {
  if (error.name === "task_file_invalid") return `${error.message}\n`;
  const about = [`error: ${error.name}`, `  ${indented(error.message)}`];
  const facts = Object.entries(error.facts).map(([name, value]) => `${name} ${String(value)}`);
  const rows: readonly (readonly [label: string, text: string | undefined])[] = [
    ["position", error.position],
    ["facts", facts.length === 0 ? undefined : facts.join(", ")],
    ["cause", causeText(error)],
    ["hint", error.hint],
    ["docs", `docs/errors.md, "${error.name}"`],
  ];
  for (const [label, text] of rows) {
    if (text !== undefined && text !== "") about.push(`  ${label.padEnd(9)} ${indented(text)}`);
  }
  return withoutSecrets(`${about.join("\n")}\n`, secrets);
}

function causeText(error: TidemarkError): string | undefined {
  const { cause } = error;
  return cause instanceof Error && !error.message.includes(cause.message) ? cause.message : undefined;
}

function indented(text: string): string {
  return text.replaceAll("\n", "\n  ");
}

const SECRET_LENGTH_LEAST = 8;

/**
 * The text, with every secret blotted out that found its way into it. A second line of defence: nothing puts one
 * there. An ordinary word as a password is left alone, because blotting out a word where everybody knows what stands
 * there (`[secret] run TASK.yaml`) would tell it.
 */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length >= SECRET_LENGTH_LEAST && !/^(?:[a-z]+|[A-Z]+|\d+)$/.test(secret))
    .reduce((rest, secret) => rest.replaceAll(secret, "[secret]"), text);
}
