import type { Value } from "./value.ts";

/**
 * Reads the value that starts at `bytes[at]` and moves the {@link cursor}'s offset behind it. `bytes` is
 * the cursor's buffer and `at` its offset: both are handed over because arguments are cheaper than loads.
 *
 * undefined only where `cursor.leftOut` is set: see `readJsonBefore`.
 *
 * One of these is made per column of a table map, never per row. Those of a fixed width don't look where
 * the event ends; the loop over the rows does (see `cursor.ts`).
 */
export type ReadValue = (bytes: Buffer, at: number) => Value | undefined;
