#!/usr/bin/env node
import { main } from "./cli/main.ts";
import { processIo } from "./cli/process-io.ts";

const code = await main(process.argv.slice(2), processIo(), {
  runTask: async () => (await import("./daemon.ts")).runTask,
  probe: async () => (await import("./cli/probe.ts")).probe,
});
// A command that is done ends here, whatever might still keep the process alive. Pipes and files are written
// synchronously on POSIX systems (Node's manual, "A note on process I/O"), so nothing is lost.
process.exit(code);
