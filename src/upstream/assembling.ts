import { createAssembler, type Assembler } from "../binlog/assembler.ts";
import type { TableHandle } from "../binlog/transaction.ts";
import type { ReaderOptions } from "./reader-types.ts";

/** The assembler of a reader, which stays through all of its connections. */
export function assemblerOf<H extends TableHandle>(options: ReaderOptions<H>): Assembler<H> {
  return createAssembler<H>({
    flavour: options.flavour,
    resolve: options.resolve,
    verifyChecksum: true,
    file: options.start.file,
    offset: options.start.offset,
    ...(options.partBytes === undefined ? {} : { partBytes: options.partBytes }),
    ...(options.dropStatement === undefined ? {} : { dropStatement: options.dropStatement }),
    ...(options.survivesRollback === undefined ? {} : { survivesRollback: options.survivesRollback }),
  });
}
