import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import { GOOD } from "../../support/task-file.ts";

// The command as a user runs it, in a process of its own: what only shows there.

// Each starts Node, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const CLI = join(import.meta.dirname, "../../../src/cli.ts");
const folder = mkdtempSync(join(tmpdir(), "tidemark-cli-"));
afterAll(() => rmSync(folder, { recursive: true }));

function tidemark(
  args: readonly string[],
  env: Record<string, string> = {},
): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], {
    cwd: folder,
    encoding: "utf8",
    env,
  });
  return { code: status, out: stdout, err: stderr };
}

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}

test("--help and --version end with 0, on stdout", () => {
  const help = tidemark(["--help"]);
  expect([help.code, help.err]).toEqual([0, ""]);
  for (const command of ["run", "check", "status", "pause", "resume", "stop", "reload", "init", "schema"]) {
    expect(help.out).toMatch(new RegExp(`^  ${command} `, "m"));
  }
  expect(tidemark(["--version"])).toEqual({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), err: "" });
});

test.each([
  ["nothing", [], "Usage: tidemark"],
  ["an unknown command", ["rnu", "x"], "Did you mean run?"],
  ["an unknown option", ["check", "--jsn", "x"], "Did you mean --json?"],
  ["no task file", ["run"], "missing required argument"],
  ["two task files", ["run", "a", "b"], "too many arguments"],
  ["a goal that is none", ["run", "x", "--until", "tomorrow"], "until_invalid"],
  ["a task file that isn't there", ["run", "nowhere.yaml"], "nowhere.yaml can't be read: there is no such file"],
])("%s is a usage error: 2, on stderr", (_, args, expected) => {
  const { code, out, err } = tidemark(args);
  expect([code, out]).toEqual([2, ""]);
  expect(err).toContain(expected);
});

describe("a task file with mistakes", () => {
  test.each(["run", "check"])("ends %s with 2, each mistake on a line of its own that an editor finds", (command) => {
    const path = file(
      "bad.yaml",
      "name: Orders\nupstream: {host: x, usr: y, password: hunter2}\ntables: {include: [a]}\nretires: 1\n",
    );
    const { code, out, err } = tidemark([command, path]);
    expect([code, out]).toEqual([2, ""]);
    const lines = err.trimEnd().split("\n");
    expect(lines.map((line) => /^bad\.yaml:(\d+):\d+: ./.exec(line)?.[1])).toEqual(["1", "1", "2", "2", "3", "4"]);
    expect(err).not.toContain("hunter2");
  });

  test("takes its variables from the environment", () => {
    const path = file("env.yaml", GOOD.replace("secret-up", "${UPSTREAM_PASSWORD}"));
    expect(tidemark(["check", path]).err).toBe(
      "env.yaml:5:13: the environment variable UPSTREAM_PASSWORD is not set (set UPSTREAM_PASSWORD, or give a default: ${UPSTREAM_PASSWORD:-default})\n",
    );
  });
});

test("init and schema write to stdout what belongs together", () => {
  const init = tidemark(["init"]);
  const schema = tidemark(["schema"]);
  expect([init.code, schema.code, init.err, schema.err]).toEqual([0, 0, "", ""]);
  const { properties } = JSON.parse(schema.out);
  expect([...init.out.matchAll(/^#?(\w+):/gm)].map((match) => match[1])).toEqual(Object.keys(properties));
});

test("a server that isn't there is a finding for check (4), and an error with a name for run (1), and nothing keeps the process", () => {
  // Port 9 of the loopback: nobody listens there.
  const path = file(
    "away.yaml",
    `${GOOD.replaceAll(/host: .*/g, "host: 127.0.0.1\n  port: 9")}routes: []\nstatus: {listen: off}\n`.replace(
      "port: 9",
      "port: 10",
    ),
  );
  const check = tidemark(["check", path]);
  expect(check.code).toBe(4);
  expect(check.out).toContain("[server_unreachable]");
  const run = tidemark(["run", path]);
  expect(run.code).toBe(1);
  expect(run.err).toContain('"error":"server_unreachable"');
  expect(check.out + check.err + run.out + run.err).not.toMatch(/secret-(up|down)/);
});
