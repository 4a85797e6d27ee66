/** Breakages of how changes are put in order and executed. */
import type { Mutant } from "./mutant.ts";

export const APPLYING_MUTANTS: readonly Mutant[] = [
  {
    name: "a conflict on the after image is dropped",
    file: "applier/conflicts.ts",
    edits: [["    this.#touch(batch, space, now);\n", ""]],
    breaks: "K2",
    caughtBy: "simulation",
  },
  {
    name: "a conflict on the before image is dropped",
    file: "applier/conflicts.ts",
    edits: [["    this.#touch(batch, space, old);\n", ""]],
    breaks: "K2",
    caughtBy: "simulation",
  },
  {
    name: "one dependency in three is dropped",
    file: "applier/conflicts.ts",
    edits: [["  batch.waitsFor.add(other);", "  if (other.sequence % 3 !== 0) batch.waitsFor.add(other);"]],
    breaks: "K2",
    caughtBy: "simulation",
  },
  {
    name: "only the first unique key counts",
    file: "applier/conflict-keys.ts",
    edits: [["for (const key of side.uniqueKeys) {", "for (const key of side.uniqueKeys.slice(0, 1)) {"]],
    breaks: "K2",
    caughtBy: "simulation",
  },
  {
    name: "a key that the row image leaves out conflicts with nothing",
    file: "applier/conflict-keys.ts",
    edits: [["if (value === undefined) return WILD;", "if (value === undefined) return NOTHING;"]],
    breaks: "K2, T2",
    caughtBy: "simulation",
  },
  {
    name: "text keys are compared as bytes whatever the collation",
    file: "applier/conflict-keys.ts",
    edits: [["if (code >= 0x61 && code <= 0x7a) code -= 0x20;", ""]],
    breaks: "K1",
    caughtBy: ["applier/conflicts.test.ts"],
  },
  {
    name: "tables tied by foreign keys are applied side by side",
    file: "syncer/tables.ts",
    edits: [
      [
        "const component = foreignKeyChecks ? (this.#components.get(name) ?? null) : null;",
        "const component: { name: string; cascades: boolean } | null = null;\n    void foreignKeyChecks;",
      ],
      [
        "component: component?.name ?? null,\n      cascades: component?.cascades ?? false,",
        "component,\n      cascades: true,",
      ],
    ],
    breaks: "K3",
    caughtBy: "simulation",
  },
  {
    name: "inserts come before deletes",
    file: "applier/statements.ts",
    edits: [
      ["      deleteRows(table, net.deletes, limits, statements);\n", ""],
      [
        "      writeRows(table, net.inserts, limits, statements, false);\n",
        "      writeRows(table, net.inserts, limits, statements, false);\n      deleteRows(table, net.deletes, limits, statements);\n",
      ],
    ],
    breaks: "K4",
    caughtBy: "simulation",
  },
  {
    name: "a row whose unique value changes is not made anew",
    file: "applier/net-changes.ts",
    edits: [
      ["net.set(key, { before, after, recreated: moved });", "net.set(key, { before, after, recreated: false });"],
      ["recreated: earlier.recreated || moved", "recreated: earlier.recreated"],
    ],
    breaks: "K4",
    caughtBy: "simulation",
  },
  {
    name: "a row that was deleted and inserted again stays deleted",
    file: "applier/net-changes.ts",
    edits: [
      [
        "else if (earlier.after === null) net.set(key, { before: earlier.before, after: row, recreated: true });",
        "else if (earlier.after === null) return true;",
      ],
    ],
    breaks: "K4",
    caughtBy: "simulation",
  },
  {
    name: "a table that could hold another row with that value is upserted",
    file: "applier/target.ts",
    edits: [["downstream.uniqueKeys.length === 1 && ", ""]],
    breaks: "K4",
    caughtBy: "simulation",
  },
  {
    name: "a batch is tried again without rolling back",
    file: "applier/apply-batch.ts",
    edits: [["    await rollback(connection, faults);\n    turns?.blocked(batch);", "    turns?.blocked(batch);"]],
    breaks: "S9",
    caughtBy: "simulation",
  },
  {
    name: "a wrong count of rows is not noticed",
    file: "applier/packets.ts",
    edits: [["if (packet.some(({ expected }, i) =>", "if (end < 0 && packet.some(({ expected }, i) =>"]],
    breaks: "S11",
    caughtBy: ["applier/apply-batch.test.ts"],
  },
  {
    name: "a missing row is passed over although the task says stop",
    file: "applier/careful.ts",
    edits: [['if (context.missingRow === "stop") return', 'if (context.missingRow === "repair") return']],
    breaks: "S11",
    caughtBy: "simulation",
  },
  {
    name: "ordered batches commit when they are ready",
    file: "applier/turns.ts",
    edits: [['if (this.#isFront(batch)) return Promise.resolve("commit");', 'return Promise.resolve("commit");']],
    breaks: "S13",
    caughtBy: "simulation",
  },
  {
    name: "ordered batches never yield their locks",
    file: "applier/turns.ts",
    edits: [['waiting.tell("yield");', "continue;"]],
    breaks: "S13",
    caughtBy: ["applier/turns.test.ts"],
  },
  {
    name: "a worker begins a batch after an error",
    file: "applier/worker-pool.ts",
    edits: [
      ["if (errors.first !== null) return;", "void errors;"],
      ["return this.#options.errors.first !== null || this.#over.signal.aborted;", "return this.#over.signal.aborted;"],
    ],
    breaks: "S3",
    caughtBy: ["applier/worker-pool.test.ts"],
  },
  {
    name: "the scheduler hands out a batch after an error",
    file: "applier/scheduler.ts",
    edits: [["    if (this.#options.errors.first !== null) return;\n    batch.state", "    batch.state"]],
    breaks: "S3",
    caughtBy: ["applier/scheduler.test.ts"],
  },
  {
    name: "the last transaction of an applied batch is applied again",
    file: "applier/applied-before.ts",
    edits: [["comparePositions(end, batch.end) <= 0", "comparePositions(end, batch.end) < 0"]],
    breaks: "S5",
    caughtBy: "simulation",
  },
  {
    name: "the transaction before an applied batch counts as applied",
    file: "applier/applied-before.ts",
    edits: [["comparePositions(batch.start, end) < 0", "comparePositions(batch.start, end) <= 0"]],
    breaks: "S5",
    caughtBy: "simulation",
  },
  {
    name: "MariaDB's batches are told by their place only",
    file: "applier/fence.ts",
    edits: [["    quoteText(batch.gtidText),\n", "    quoteText(batch.gtids.toString()),\n"]],
    breaks: "S5",
    caughtBy: "simulation",
  },
];
