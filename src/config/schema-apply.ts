import { z } from "zod";
import { duration, integer, size, word } from "./schema-fields.ts";

/** `apply` of the task file. */
export const applySchema = z
  .strictObject(
    {
      workers: integer(1, 256)
        .default(8)
        .meta({ description: "Downstream connections that apply batches side by side." }),
      batchRows: integer(1, 1_000_000).default(1000).meta({
        description: "A batch closes at this many row changes or at batchBytes; it always holds whole transactions.",
      }),
      batchBytes: size(1024, 1024 ** 3, "1KiB to 1GiB")
        .default("8MiB")
        .meta({ description: "A batch closes at this size or at batchRows." }),
      consistency: word(["transaction", "ordered"]).default("transaction").meta({
        description: "transaction: readers see whole transactions | ordered: and in the upstream's order.",
      }),
      missingRow: word(["stop", "repair", "log"]).default("stop").meta({
        description: "What an UPDATE or DELETE does that finds no row downstream: stop | repair | log.",
      }),
      foreignKeyChecks: word(["auto", "on", "off"]).default("auto").meta({
        description:
          "Whether the downstream checks foreign keys and cascades. auto: only if the upstream's log leaves cascaded rows out.",
      }),
      streamTransactionsOver: size(1024, 1024 ** 3, "1KiB to 1GiB")
        .default("8MiB")
        .meta({
          description:
            "A transaction larger than this is applied while it is read, in one transaction downstream, however large it is.",
        }),
      splitTransactionsOver: size(1024, 1024 ** 4, "1KiB to 1024GiB")
        .optional()
        .meta({
          description:
            "A transaction larger than this is cut into several downstream: readers may see a part of it, and after a change of upstream some of it may be applied twice. Default: never.",
          examples: ["1GiB"],
        }),
      stopGrace: duration(0, 3_600_000, "0s to 1h")
        .default("30s")
        .meta({ description: "How long a stop may take until it is forced." }),
    },
    { error: "a mapping" },
  )
  .prefault({})
  .meta({ description: "How changes are applied." });
