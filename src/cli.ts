#!/usr/bin/env node
import { hostname } from "node:os";
import { main } from "./cli/main.ts";
import type { Io, Output } from "./cli/io.ts";
import { systemClock } from "./clock.ts";

/** The process as the commands see it; nothing below this file knows it. */

const output = (stream: NodeJS.WriteStream): Output => ({
  isTerminal: stream.isTTY,
  columns: () => stream.columns || 80,
  write: (text) => void stream.write(text),
});

// Whoever reads our output may go away (`tidemark status … | head -1`): that ends nothing.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

const io: Io = {
  environment: process.env,
  out: output(process.stdout),
  err: output(process.stderr),
  clock: systemClock,
  holder: `${hostname()}:${process.pid}`,
  onSignal(signals, handle) {
    for (const signal of signals) process.on(signal, handle);
    return () => {
      for (const signal of signals) process.off(signal, handle);
    };
  },
  exit: (code) => process.exit(code),
};

const code = await main(process.argv.slice(2), io, {
  runTask: async () => (await import("./daemon.ts")).runTask,
  probe: async () => (await import("./cli/probe.ts")).probe,
});
// A command that is done ends here, whatever might still keep the process alive. Pipes and files are written
// synchronously on POSIX systems (Node's manual, "A note on process I/O"), so nothing is lost.
process.exit(code);
