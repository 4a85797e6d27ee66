/** Breakages of how large transactions are applied while they are read. */
import type { Mutant } from "./mutant.ts";

export const LARGE_MUTANTS: readonly Mutant[] = [
  {
    name: "a large transaction does not wait for what is before it",
    file: "applier/large-transactions.ts",
    edits: [["    await host.drain();\n", ""]],
    breaks: "K2",
    caughtBy: "simulation",
  },
  {
    name: "what is behind a large transaction does not wait for it",
    file: "applier/large-transactions.ts",
    edits: [["        await host.settled(batch);\n", "        void host.settled(batch).catch(() => undefined);\n"]],
    breaks: "K2",
    caughtBy: "simulation",
  },
  {
    name: "a large transaction that is abandoned is committed as far as it came",
    file: "applier/large-transactions.ts",
    edits: [["this.#present?.batch?.stream?.cancel();", "this.#present?.batch?.stream?.end();"]],
    breaks: "R15, S5",
    caughtBy: "simulation",
  },
  {
    name: "the row of a large transaction is left without its end",
    file: "applier/apply-parts.ts",
    edits: [["(stream.cancelled.aborted ? null : await end(connection, batch, context));", "null;"]],
    breaks: "S5",
    caughtBy: "simulation",
  },
  {
    name: "a part is tried again on top of what was done of it",
    file: "applier/apply-parts.ts",
    edits: [["`ROLLBACK TO SAVEPOINT ${SAVEPOINT};", "`SAVEPOINT ${SAVEPOINT};"]],
    breaks: "S9",
    caughtBy: "simulation",
  },
  {
    name: "pieces that were applied are applied again",
    file: "applier/large-transactions.ts",
    edits: [['if (through <= pieces.through) return "skip";', 'if (through <= pieces.through) return "apply";']],
    breaks: "S12",
    caughtBy: "simulation",
  },
  {
    name: "pieces that another server's log was read for are trusted",
    file: "applier/applied-before.ts",
    edits: [
      [
        "return isIt ? [{ isHere, through: batch.through }] : [];",
        "return isIt ? [{ isHere: true, through: batch.through }] : [];",
      ],
    ],
    breaks: "S12",
    caughtBy: ["applier/applied-before.test.ts"],
  },
  {
    name: "a checkpoint stands inside a transaction that was cut",
    file: "applier/ledger.ts",
    edits: [["      if (front.through !== null) continue;\n", ""]],
    breaks: "G14, S12",
    caughtBy: "simulation",
  },
  {
    name: "a piece counts as the whole transaction",
    file: "applier/applied-before.ts",
    edits: [["return parts.some(({ batch }) => batch.through === null);", "return parts.length > 0;"]],
    breaks: "S5",
    caughtBy: "simulation",
  },
];
