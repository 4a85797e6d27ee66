/** Breakages of the barrier: DDL, once and in its place. */
import type { Mutant } from "./mutant.ts";

export const DDL_MUTANTS: readonly Mutant[] = [
  {
    name: "the intent is not written",
    file: "syncer/barrier.ts",
    edits: [['await around(faults, "ddl.intend", () => store.intend(intent));', "void intent;"]],
    breaks: "D1",
    caughtBy: "simulation",
  },
  {
    name: "the intent is not looked at",
    file: "applier/ddl.ts",
    edits: [["if (now !== intended.beforeFingerprint) {", 'if (now === "") {']],
    breaks: "D1",
    caughtBy: "simulation",
  },
  {
    name: "a swap of names is repeated although nobody knows whether it was done",
    file: "applier/ddl.ts",
    edits: [['if (statement.kind === "rename-table") return statement.pairs.length === 1;', ""]],
    breaks: "D1",
    caughtBy: "simulation",
  },
  {
    name: "a DDL does not wait for the one that the server still works on",
    file: "applier/ddl.ts",
    edits: [
      ["if (Number(row?.held) === 1) return;", "void row;\n  return;"],
      ["${LOCK_WAIT_SECONDS}) AS held", "0) AS held"],
    ],
    breaks: "D1",
    caughtBy: "simulation",
  },
  {
    name: "what fails before a DDL counts as its refusal",
    file: "applier/ddl.ts",
    edits: [
      [
        "    const now = await fingerprint(connection, ddl);",
        "    const now = await fingerprint(connection, ddl).catch(async (thrown: unknown) => {\n      await onRefused();\n      throw thrown;\n    });",
      ],
    ],
    breaks: "D1",
    caughtBy: ["applier/ddl.test.ts"],
  },
  {
    name: "a DDL does not wait for the batches before it",
    file: "applier/scheduler.ts",
    edits: [["while (this.#pending > 0) {", "while (this.#pending > 1) {"]],
    breaks: "S3",
    caughtBy: "simulation",
  },
  {
    name: "a connection of a DDL outlives the takeover",
    file: "syncer/barrier.ts",
    edits: [['      await around(faults, "ddl.register", () => store.register(connection.threadId));\n', ""]],
    breaks: "S10",
    caughtBy: ["syncer/barrier.test.ts"],
  },
  {
    name: "the decoder keeps what it knew of a table before its DDL",
    file: "syncer/barrier.ts",
    edits: [["    forgetTables();\n", ""]],
    breaks: "D2",
    caughtBy: ["syncer/barrier.test.ts"],
  },
  {
    name: "the rest of a DROP that was cut short is not dropped",
    file: "applier/ddl.ts",
    edits: [['if (statement.kind !== "drop-table") return mintExecuted();', "return mintExecuted();"]],
    breaks: "D1",
    caughtBy: "simulation",
  },
];
