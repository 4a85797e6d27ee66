/** Breakages of what the checkpoint rests on: proofs, ledger, flush, fence, store. */
import type { Mutant } from "./mutant.ts";

export const PROOF_MUTANTS: readonly Mutant[] = [
  {
    name: "a COMMIT's error counts as success",
    file: "applier/commit.ts",
    edits: [["return outcome.error ?? new Committed(batch);", "void outcome;\n    return new Committed(batch);"]],
    breaks: "S6",
    caughtBy: "simulation",
  },
  {
    name: "the proof is made before COMMIT is answered",
    file: "applier/commit.ts",
    edits: [
      [
        'const outcome = await runInTime(connection, "COMMIT", context, "batch.commit");\n    return outcome.error ?? new Committed(batch);',
        'void runInTime(connection, "COMMIT", context, "batch.commit");\n    return new Committed(batch);',
      ],
    ],
    breaks: "S1",
    caughtBy: "simulation",
  },
  {
    name: "the ledger passes over a gap",
    file: "applier/ledger.ts",
    edits: [['if (front.state !== "settled") break;', 'if (front.state === "waiting") break;']],
    breaks: "S1",
    caughtBy: "simulation",
  },
  {
    name: "GTIDs are added to a set that is not known to be whole",
    file: "applier/ledger.ts",
    edits: [["if (this.#complete && !front.gtids.isEmpty)", "if (!front.gtids.isEmpty)"]],
    breaks: "T7",
    caughtBy: ["applier/ledger.test.ts"],
  },
  {
    name: "the flush worker ignores the recorded error",
    file: "checkpoint/flush.ts",
    edits: [["if (errors.first !== null) return;", ""]],
    breaks: "S1",
    caughtBy: ["checkpoint/flush.test.ts"],
  },
  {
    name: "the last error wins",
    file: "applier/execution-errors.ts",
    edits: [["if (this.#first !== null) return;", ""]],
    breaks: "S2",
    caughtBy: ["applier/execution-errors.test.ts"],
  },
  {
    name: "a run whose last save was given up ends as if it had been made",
    file: "checkpoint/flush.ts",
    edits: [["if (first !== null) throw first.error;", "void first;"]],
    breaks: "V9",
    caughtBy: "simulation",
  },
  {
    name: "the fence is left out",
    file: "applier/apply-batch.ts",
    edits: [["plain(fence)", 'plain("SET autocommit=1")']],
    breaks: "S5",
    caughtBy: "simulation",
  },
  {
    name: "the fence is left out where rows are applied one by one",
    file: "applier/careful.ts",
    edits: [
      [
        'await runInTime(connection, fence, context, "careful.fence")',
        'await runInTime(connection, "SET autocommit=1", context, "careful.fence")',
      ],
    ],
    breaks: "S5",
    caughtBy: "simulation",
  },
  {
    name: "the epoch is not compared by the fence",
    file: "applier/fence.ts",
    edits: [["AND epoch = ${claim.epoch} LOCK IN SHARE MODE", "LOCK IN SHARE MODE"]],
    breaks: "S10",
    caughtBy: ["applier/fence.test.ts", "applier/apply-batch.test.ts"],
  },
  {
    name: "the epoch is not raised",
    file: "checkpoint/open-store.ts",
    edits: [["epoch = epoch + 1, holder", "holder"]],
    breaks: "S10",
    caughtBy: "simulation",
  },
  {
    name: "the epoch is not compared by the store",
    file: "checkpoint/store.ts",
    edits: [["if (Number(row?.epoch) !== this.claim.epoch) throw fenced();", "void row;"]],
    breaks: "S10",
    caughtBy: ["checkpoint/store.test.ts"],
  },
  {
    name: "a checkpoint forgets batches that it doesn't cover",
    file: "checkpoint/store.ts",
    edits: [['.where("sequence", "<=", String(checkpoint.sequence))\n', ""]],
    breaks: "S5",
    caughtBy: "simulation",
  },
  {
    name: "earlier sessions' batches are forgotten too soon",
    file: "applier/applied-before.ts",
    edits: [
      ['return parseGtidSet("mysql", position.gtids).includes(parseGtidSet("mysql", gtids.text));', "return true;"],
    ],
    breaks: "S5",
    caughtBy: "simulation",
  },
  {
    name: "the structures are not stored with their checkpoint",
    file: "checkpoint/store.ts",
    edits: [["for (const { changed, gone } of due) await this.#writeStructures(db, changed, gone);", ""]],
    breaks: "D2",
    caughtBy: "simulation",
  },
  {
    name: "a successor does not end the connection that holds the task's lock",
    file: "checkpoint/lease.ts",
    edits: [
      [
        '  if (thread !== null) await around(faults, "hold.endHolder", () => endConnection(connection, thread));\n',
        "  void thread;\n",
      ],
    ],
    breaks: "S10",
    caughtBy: "simulation",
  },
  {
    name: "a holder that gives signs of life is taken over from",
    file: "checkpoint/lease.ts",
    edits: [["silentMs < LEASE_MS", "silentMs < 0"]],
    breaks: "S10",
    caughtBy: ["checkpoint/lease.test.ts"],
  },
];
