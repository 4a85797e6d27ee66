import { parseTask, TaskFileInvalid } from "../../src/config/parse-task.ts";
import type { Task } from "../../src/config/task.ts";

/** A task file with nothing but what it must have. */
export const GOOD = `name: orders
upstream:
  host: 10.0.0.5
  user: repl
  password: secret-up
downstream:
  host: 10.0.1.9
  user: tidemark
  password: secret-down
tables:
  include: ["shop.*"]
`;

export const PEM = {
  "ca.pem": "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n",
  "key.pem": "-----BEGIN RSA PRIVATE KEY-----\nMA==\n-----END RSA PRIVATE KEY-----\n",
  password: "from-a-file\n",
  empty: "\n",
};

export function read(text: string, environment: Record<string, string> = {}): Task {
  const files: Record<string, string> = PEM;
  const readFile = (path: string): string => {
    const content = files[path];
    if (content === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: "ENOENT" });
    return content;
  };
  return parseTask({ file: "task.yaml", text, environment, readFile });
}

/** The lines that the CLI would print; none when the file is right. */
export function mistakes(text: string, environment: Record<string, string> = {}): readonly string[] {
  try {
    read(text, environment);
    return [];
  } catch (error) {
    if (!(error instanceof TaskFileInvalid)) throw error;
    return error.message.split("\n");
  }
}

/** GOOD with one line replaced, or lines put after it. */
export function withLine(line: string, by: string): string {
  if (!GOOD.includes(`${line}\n`)) throw new Error(`no line ${line}`);
  return GOOD.replace(`${line}\n`, () => `${by}\n`);
}
