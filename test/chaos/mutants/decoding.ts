/** Breakages of the decoder and of what it says of keys. */
import type { Mutant } from "./mutant.ts";

export const DECODING_MUTANTS: readonly Mutant[] = [
  {
    name: "checksums of a chunk's events are taken for right",
    file: "binlog/checksum-run.ts",
    edits: [["(crc32(bytes.subarray(start, end)) | 0) === ~register", "crc32(bytes.subarray(start, end)) >= 0"]],
    breaks: "R14",
    caughtBy: ["binlog/checksum-run.test.ts"],
  },
  {
    name: "JSON values may be printed over and over",
    file: "binlog/json-binary.ts",
    edits: [["  spend(at, valuesAt + count * entry - at, end);\n", ""]],
    breaks: "T6",
    caughtBy: ["binlog/json-binary.test.ts"],
  },
  {
    name: "what an after image leaves out is lost",
    file: "binlog/row-image.ts",
    edits: [["if (image.template[column] === undefined) row[column] = value;", "void value;\n    void column;"]],
    breaks: "T2",
    caughtBy: ["binlog/rows-decoder.test.ts"],
  },
  {
    name: "a key of periods is taken for one of columns",
    file: "applier/conflict-keys.ts",
    edits: [["if (key.withoutOverlaps === true) return null;\n", ""]],
    breaks: "K2",
    caughtBy: ["applier/conflicts.test.ts"],
  },
];
