/** Amounts as people read them; what isn't known is a dash. */

const UNKNOWN = "–";

/** `1,234,567` */
export function countText(count: number | null): string {
  return count === null ? UNKNOWN : Math.round(count).toLocaleString("en-US");
}

/** `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`, `3 d 4 h` */
export function secondsText(seconds: number | null): string {
  if (seconds === null) return UNKNOWN;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`;
}

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** `0 B`, `1.5 MiB` */
export function bytesText(bytes: number | null): string {
  if (bytes === null) return UNKNOWN;
  const step = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  const amount = bytes / 1024 ** step;
  return `${step === 0 || amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${UNITS[step] ?? "B"}`;
}

/** `binlog.000007:1234` */
export function placeText(
  place: { readonly file: string; readonly offset: number; readonly gtids: string } | null,
): string {
  if (place === null) return UNKNOWN;
  return place.file === "" ? place.gtids : `${place.file}:${place.offset}`;
}
