import { expect, test } from "vitest";
import { errorText, exitCodeOf, withoutSecrets } from "../../../src/cli/report.ts";
import { fatal, type Stage, TidemarkError } from "../../../src/errors.ts";

const error = (name: string, stage: Stage): TidemarkError => fatal(name, "x", { stage, hint: "y" });

test("the contract's exit codes follow from the error", () => {
  expect(exitCodeOf(error("until_invalid", "usage"))).toBe(2);
  expect(exitCodeOf(error("task_file_invalid", "config"))).toBe(2);
  expect(exitCodeOf(error("task_running_elsewhere", "checkpoint"))).toBe(3);
  expect(exitCodeOf(error("binlog_purged", "upstream"))).toBe(1);
  expect(exitCodeOf(error("unexpected", "apply"))).toBe(1);
});

test("an error tells its name, what happened, where, why, what to do and where to read on", () => {
  const told = fatal("binlog_purged", "the upstream has purged\nwhat we need", {
    stage: "upstream",
    hint: "Follow another server.",
    position: "binlog.000001:4",
    facts: { lacking: "0-1-5", code: 1236 },
    cause: new Error("Could not find first log file"),
  });
  expect(errorText(told, [])).toBe(`error: binlog_purged
  the upstream has purged
  what we need
  position  binlog.000001:4
  facts     lacking 0-1-5, code 1236
  cause     Could not find first log file
  hint      Follow another server.
  docs      docs/errors.md, "binlog_purged"
`);
});

test("what an error doesn't have is left out", () => {
  expect(errorText(error("a_name", "apply"), [])).toBe(
    `error: a_name\n  x\n  hint      y\n  docs      docs/errors.md, "a_name"\n`,
  );
});

test("no secret is printed, wherever it comes from", () => {
  const leaky = fatal("a_name", "tried S3cret-0815!", {
    stage: "apply",
    hint: "not S3cret-0815!",
    position: "S3cret-0815!",
    cause: new Error("S3cret-0815! was refused"),
  });
  expect(errorText(leaky, ["S3cret-0815!"])).not.toContain("S3cret");
});

test("a password that is an ordinary word is not told by blotting it out", () => {
  expect(withoutSecrets("tidemark run", ["tidemark", "run", ""])).toBe("tidemark run");
});
