import type { ExitCode, Io, Output, SignalName } from "../../src/cli/io.ts";
import type { ManualClock } from "./manual-clock.ts";
import { manualClock } from "./manual-clock.ts";

export interface FakeIo extends Io {
  readonly clock: ManualClock;
  readonly said: { out: string; err: string };
  /** Codes of ends on the spot. */
  readonly exits: ExitCode[];
  /** Sends a signal to whoever listens; false when nobody does. */
  signal(name: SignalName): boolean;
}

export interface FakeIoOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly terminal?: boolean;
  readonly columns?: number;
}

/** A process that a test holds in its hands. */
export function fakeIo({ environment = {}, terminal = false, columns = 80 }: FakeIoOptions = {}): FakeIo {
  const said = { out: "", err: "" };
  const exits: ExitCode[] = [];
  const listeners = new Map<SignalName, Set<() => void>>();
  const output = (stream: "out" | "err"): Output => ({
    isTerminal: terminal,
    columns: () => columns,
    write: (text) => {
      said[stream] += text;
    },
  });
  return {
    environment,
    out: output("out"),
    err: output("err"),
    clock: manualClock(),
    holder: "test:1",
    said,
    exits,
    exit: (code) => void exits.push(code),
    onSignal(signals, handle) {
      for (const signal of signals) listeners.set(signal, (listeners.get(signal) ?? new Set()).add(handle));
      return () => {
        for (const signal of signals) listeners.get(signal)?.delete(handle);
      };
    },
    signal(name) {
      const handlers = [...(listeners.get(name) ?? [])];
      for (const handle of handlers) handle();
      return handlers.length > 0;
    },
  };
}
