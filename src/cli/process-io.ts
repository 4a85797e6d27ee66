/** The process as the commands see it; nothing outside of this folder knows it. */
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { systemClock } from "../clock.ts";
import type { Io, Output } from "./io.ts";

function output(stream: NodeJS.WriteStream): Output {
  return {
    isTerminal: stream.isTTY,
    columns: () => stream.columns || 80,
    write: (text) => void stream.write(text),
  };
}

export function processIo(): Io {
  // Whoever reads our output may go away (`tidemark status … | head -1`): that ends nothing.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  return {
    environment: process.env,
    out: output(process.stdout),
    err: output(process.stderr),
    clock: systemClock,
    // Host and process id alone may be the same in two containers.
    holder: `${hostname()}:${process.pid}:${randomBytes(3).toString("hex")}`,
    onSignal(signals, handle) {
      for (const signal of signals) process.on(signal, handle);
      return () => {
        for (const signal of signals) process.off(signal, handle);
      };
    },
    exit: (code) => process.exit(code),
  };
}
