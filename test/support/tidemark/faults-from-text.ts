/** Faults as one line of text, for a process that is told of them by its environment. */
import type { Clock } from "../../../src/clock.ts";
import { TidemarkError } from "../../../src/errors.ts";
import { FAULT_STEPS, type Faults, type FaultStep, type Side } from "../../../src/faults.ts";

/** What may come of reaching a place. */
export interface TextFaultOptions {
  readonly clock: Clock;
  /** Ends the process as kill -9 does. */
  readonly die: () => void;
  /** SIGSTOP. */
  readonly freeze: () => void;
  /** Each place that has a fault, as it strikes. */
  readonly onFault: (fault: string) => void;
}

interface TextFault {
  readonly text: string;
  readonly step: FaultStep;
  readonly side: Side;
  readonly action: string;
  readonly delayMs: number;
  /** The first and the last time that it strikes; counted from 1. */
  readonly first: number;
  readonly last: number;
  reached: number;
}

const PATTERN =
  /^(?<step>[\w.]+)\.(?<side>before|after):(?<action>crash|freeze|fail|unknown|delay(?<ms>\d+))(?:@(?<first>\d+)(?<more>\+|-(?<last>\d+))?)?$/;

/**
 * `step.side:action@n`, several joined by commas. Actions: `crash` (kill -9), `freeze` (SIGSTOP), `fail` (as a lost connection),
 * `unknown` (an error that nobody knows), `delay500` (ms). `@3`: the third time only (default `@1`); `@3+`: from then
 * on; `@3-5`: three times. Throws on anything else.
 */
export function faultsFromText(text: string, options: TextFaultOptions): Faults {
  const faults = text.split(",").map(parse);
  return {
    at: async (step, side) => {
      for (const fault of faults) {
        if (fault.step !== step || fault.side !== side) continue;
        fault.reached += 1;
        if (fault.reached < fault.first || fault.reached > fault.last) continue;
        options.onFault(fault.text);
        await strike(fault, options);
      }
    },
  };
}

async function strike({ text, action, delayMs }: TextFault, { clock, die, freeze }: TextFaultOptions): Promise<void> {
  if (action === "crash") {
    die();
    await new Promise<never>(() => undefined);
  } else if (action === "freeze") freeze();
  else if (action === "unknown") throw new Error(`injected: ${text}`);
  else if (action === "fail") throw injected(text);
  else await clock.sleep(delayMs);
}

/** As a connection that is lost at this place. */
function injected(text: string): TidemarkError {
  return new TidemarkError("connection_lost", `injected: ${text}`, {
    stage: "apply",
    kind: "resumable",
    hint: "A test has asked for it.",
  });
}

function parse(text: string): TextFault {
  const { step, side, action, ms, first, more, last } = PATTERN.exec(text.trim())?.groups ?? {};
  if (step === undefined || !isStep(step) || action === undefined) throw new Error(`no such fault: ${text}`);
  const from = Number(first ?? 1);
  const to = more === undefined ? from : more === "+" ? Number.POSITIVE_INFINITY : Number(last);
  return {
    text: text.trim(),
    step,
    side: side === "before" ? "before" : "after",
    action,
    delayMs: Number(ms ?? 0),
    first: from,
    last: to,
    reached: 0,
  };
}

function isStep(text: string): text is FaultStep {
  return text in FAULT_STEPS;
}
