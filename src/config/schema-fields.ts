import { z } from "zod";
import { isPattern } from "./patterns.ts";
import { DURATION, parseDuration, parseSize, SIZE } from "./units.ts";

/**
 * The kinds of value that a task file has. Each one's `error` is the end of a sentence, "`apply.workers` must be …".
 * Durations and sizes stay texts here (zod leaves defaults out of the JSON Schema of anything that is transformed).
 */

/** Every way in which a value can be wrong gives the same phrase: what it must be. */
export const text = (must: string, pattern?: RegExp): z.ZodString => {
  const plain = z.string({ error: must }).min(1, { error: must });
  return pattern === undefined ? plain : plain.regex(pattern, { error: must });
};

export const integer = (least: number, most: number): z.ZodInt => {
  const error = `a whole number from ${least} to ${most}`;
  return z.int({ error }).min(least, { error }).max(most, { error });
};

export const word = <const W extends readonly [string, ...string[]]>(words: W) =>
  z.enum(words, { error: `one of ${words.join(", ")}` });

/** `least` and `most` in milliseconds, told to people as `range`. */
export const duration = (least: number, most: number, range: string) => {
  const must = `a duration from ${range}, such as 500ms, 5s or 1m`;
  return text(must, DURATION).refine((value) => inRange(parseDuration(value), least, most), { error: must });
};

export const size = (least: number, most: number, range: string) => {
  const must = `a size from ${range}, such as 64KiB or 8MiB`;
  return text(must, SIZE).refine((value) => inRange(parseSize(value), least, most), { error: must });
};

function inRange(value: number | null, least: number, most: number): boolean {
  return value !== null && value >= least && value <= most;
}

const aPattern = "a table pattern: `schema.table` with the wildcards * and ?, or /a regular expression/";
export const pattern = text(aPattern).refine(isPattern, { error: aPattern });
