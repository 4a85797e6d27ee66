import { createAssembler, type Assembler, type AssemblerOptions } from "../binlog/assembler.ts";
import type { TableHandle } from "../binlog/transaction.ts";
import type { ReaderOptions } from "./reader-types.ts";

/**
 * Bytes of a part of a large transaction, as logged: few enough that its rows are garbage before the collector takes them for lasting (with
 * 256 KiB a process stays below 300 MiB, with 1 MiB it came to 400, with 16 MiB to 800), enough for long statements.
 */
const PART_BYTES = 256 * 1024;

/** How a large transaction is handed out. */
export function partsOf({
  streamBytes,
}: {
  readonly streamBytes?: number;
}): Pick<AssemblerOptions<TableHandle>, "streamBytes" | "partBytes"> {
  if (streamBytes === undefined) return {};
  return { streamBytes, partBytes: Math.min(PART_BYTES, streamBytes) };
}

/** The assembler of a reader, which stays through all of its connections. */
export function assemblerOf<H extends TableHandle>(options: ReaderOptions<H>): Assembler<H> {
  return createAssembler<H>({
    flavour: options.flavour,
    resolve: options.resolve,
    verifyChecksum: true,
    file: options.start.file,
    offset: options.start.offset,
    ...partsOf(options),
    ...(options.dropStatement === undefined ? {} : { dropStatement: options.dropStatement }),
    ...(options.survivesRollback === undefined ? {} : { survivesRollback: options.survivesRollback }),
  });
}
