/** Breakages of the upstream side: acknowledgements, the life cycle, where a session begins. */
import type { Mutant } from "./mutant.ts";

export const UPSTREAM_MUTANTS: readonly Mutant[] = [
  {
    name: "a transaction is acknowledged when it is read",
    file: "upstream/acknowledger.ts",
    edits: [
      [
        "if (this.#asked.length > ASKED_MAX) this.#asked.shift();\n    if (this.#durable !== null) this.#settle(this.#durable);",
        "this.#answer(place);",
      ],
    ],
    breaks: "R24",
    caughtBy: "simulation",
  },
  {
    name: "a checkpoint's place is told before it is saved",
    file: "checkpoint/flush.ts",
    edits: [
      [
        "        const savedAtMs = await around(",
        "        onSaved(checkpoint, 0);\n        const savedAtMs = await around(",
      ],
    ],
    breaks: "R24",
    caughtBy: "simulation",
  },
  {
    name: "the log is asked for again before what was read is durable",
    file: "upstream/reader.ts",
    edits: [["        if (this.semiSync !== null && this.handedOut > 0) await this.#options.settle?.();\n", ""]],
    breaks: "R24",
    caughtBy: ["upstream/semi-sync.test.ts"],
  },
  {
    name: "packets behind an acknowledged event are taken for out of order",
    file: "upstream/dump-command.ts",
    edits: [["      host.sequenceId = 1;\n    }\n    this.#incoming.bytes", "    }\n    this.#incoming.bytes"]],
    breaks: "R24",
    caughtBy: ["upstream/semi-sync.test.ts"],
  },
  {
    name: "a pause that comes while the task waits is forgotten",
    file: "daemon.ts",
    edits: [['if (this.#order === "pause" && !this.#stop.signal.aborted) await this.#paused();', "void this.#paused;"]],
    breaks: "V16",
    caughtBy: ["daemon.test.ts"],
  },
  {
    name: "a saved checkpoint does not clear the error budget",
    file: "daemon.ts",
    edits: [["  #progressed(): void {\n    this.#forgetFailures();", "  #progressed(): void {"]],
    breaks: "V7",
    caughtBy: ["daemon.test.ts"],
  },
];
