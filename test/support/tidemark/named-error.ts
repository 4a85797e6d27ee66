/** The error that a run ended with, as its log tells it (JSON lines, because stderr is no terminal here). */

import { z } from "zod";
import { tail, type Ended } from "./syncer-process.ts";

const Line = z.looseObject({
  error: z.string(),
  hint: z.string().min(1),
  stage: z.string(),
  position: z.string().nullable(),
  err: z.looseObject({ message: z.string() }),
});

export interface NamedError {
  readonly name: string;
  readonly message: string;
  readonly hint: string;
  readonly stage: string;
  readonly position: string | null;
}

/** @throws with the whole output when there is no such line */
export function namedError(ended: Ended): NamedError {
  for (const line of ended.stderr.trimEnd().split("\n").toReversed()) {
    const found = line.startsWith("{") ? Line.safeParse(JSON.parse(line)) : undefined;
    if (found?.success === true) {
      const { error, hint, stage, position, err } = found.data;
      return { name: error, message: err.message, hint, stage, position };
    }
  }
  throw new Error(`the run (${ended.code ?? ended.signal}) told no named error:\n${tail(ended.stderr)}`);
}
