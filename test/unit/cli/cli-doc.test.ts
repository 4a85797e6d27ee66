import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { main } from "../../../src/cli/main.ts";
import { PHASES, STATES } from "../../../src/status/source.ts";
import { readStatus } from "../../../src/status/status.ts";
import { TASK_METRICS } from "../../../src/status/task-metrics.ts";
import { fakeIo } from "../../support/fake-io.ts";
import { fakeTask } from "../../support/fake-source.ts";

const doc = readFileSync(join(import.meta.dirname, "../../../docs/cli.md"), "utf8");

/** The rows of the table under a heading, without its head. */
function rowsUnder(heading: string): readonly string[] {
  const section = doc.split(/^#+ /m).find((text) => text.startsWith(`${heading}\n`)) ?? "";
  return section
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .slice(2);
}

test("docs/cli.md has every metric with its type, labels and meaning, and no others", () => {
  const expected = TASK_METRICS.map(({ name, type, labels, help }) => {
    const own = labels.filter((label) => label !== "task").map((label) => `\`${label}\``);
    return `| \`${name}\` | ${type} | ${own.join(", ")} | ${help} |`;
  });
  expect(rowsUnder("Metrics")).toEqual(expected);
});

test("docs/cli.md has every field of the status, every state and every phase", () => {
  const { read, close } = readStatus(fakeTask(), fakeIo().clock);
  close();
  const rows = rowsUnder("Status").join("\n");
  const fields = Object.entries(read()).flatMap(([name, value]) => [
    name,
    ...(value !== null &&
    typeof value === "object" &&
    !Array.isArray(value) &&
    !["received", "applied", "checkpoint"].includes(name)
      ? Object.keys(value)
      : []),
  ]);
  expect([...fields, ...STATES, ...PHASES].filter((word) => !rows.includes(`\`${word}\``))).toEqual([]);
});

test("docs/cli.md has every command", async () => {
  const io = fakeIo();
  const nothing = (): never => {
    throw new Error("not needed");
  };
  await main(["--help"], io, { runTask: nothing, probe: nothing });
  const commands = [...io.said.out.matchAll(/^ {2}(\w+)(?= .*(?:TASK|FILE|print))/gm)].map((match) => match[1]);
  expect(commands.length).toBeGreaterThan(8);
  const documented = rowsUnder("The command line").map((row) => /^\| `tidemark (\w+)/.exec(row)?.[1]);
  expect(new Set(documented)).toEqual(new Set(commands));
});
