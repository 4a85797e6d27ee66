import { describe, expect, it } from "vitest";
import { ExecutionErrors } from "../../../src/applier/execution-errors.ts";
import { fatal } from "../../../src/errors.ts";

const error = (name: string) => fatal(name, name, { stage: "apply", hint: "" });

describe("execution errors", () => {
  it("S2: the first error stays the first, whatever comes after it", () => {
    const errors = new ExecutionErrors();
    errors.record("begin", error("one"));
    errors.record("commit", error("two"));
    errors.record("unexpected", error("cancelled"));
    expect(errors.first?.kind).toBe("begin");
    expect(errors.first?.error.name).toBe("one");
    expect(errors.signal.reason).toBe(errors.first?.error);
    expect(errors.counts).toEqual({ begin: 1, execute: 0, commit: 1, unexpected: 1 });
  });
});
