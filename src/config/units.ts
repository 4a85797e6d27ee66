/** The task file's units: durations in milliseconds, sizes in bytes. */

const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const BYTES: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

export const DURATION = /^(\d{1,9})(ms|s|m|h)$/;
export const SIZE = /^(\d{1,9})(B|KiB|MiB|GiB)$/;

/** `500ms`, `5s`, `1m`, `2h` → milliseconds; null when it isn't a duration. */
export function parseDuration(text: string): number | null {
  return measure(DURATION.exec(text), MILLISECONDS);
}

/** `512B`, `64KiB`, `8MiB`, `1GiB` → bytes; null when it isn't a size. */
export function parseSize(text: string): number | null {
  return measure(SIZE.exec(text), BYTES);
}

function measure(match: RegExpExecArray | null, units: Readonly<Record<string, number>>): number | null {
  const unit = units[match?.[2] ?? ""];
  return match === null || unit === undefined ? null : Number(match[1]) * unit;
}
