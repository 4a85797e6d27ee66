import { expect, test } from "vitest";
import { TidemarkError } from "../../src/errors.ts";
import { createLog } from "../../src/log.ts";
import { classifyServerError } from "../../src/mysql/server-error.ts";

function logged(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const lines: string[] = [];
  createLog("info", { write: (line) => lines.push(line) }).info(fields, "said");
  return JSON.parse(lines.join(""));
}

test("an error's message is said once, although its cause says the same", () => {
  const cause = Object.assign(new Error("Access denied"), { errno: 1045 });
  const { err } = logged({ err: classifyServerError(cause, "upstream") });
  expect(err).toMatchObject({ name: "access_denied", message: "Access denied", stage: "upstream" });
});

test("what led to an error stands in its stack", () => {
  const error = new TidemarkError("x", "it broke", { stage: "apply", hint: "y", cause: new Error("because") });
  expect(logged({ err: error })).toMatchObject({ err: { stack: expect.stringMatching(/it broke[\s\S]*because/) } });
});

test("passwords and keys never reach it, wherever they sit", () => {
  const line = JSON.stringify(logged({ password: "s3cret", upstream: { password: "s3cret", tls: { key: "s3cret" } } }));
  expect(line).not.toContain("s3cret");
});
