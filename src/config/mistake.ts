/** A way into the task file's tree: keys and list indices. */
export type Path = readonly (string | number)[];

/** One-based, as editors count. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Something wrong with a task file. Never holds a value that may be a secret. */
export interface Mistake extends Place {
  readonly message: string;
  /** What to write instead; null when there is nothing to say beyond the message. */
  readonly suggestion: string | null;
}

/** `tables.include[1]`; the whole file is "". */
export function pathText(path: Path): string {
  return path.map((step, index) => (typeof step === "number" ? `[${step}]` : index === 0 ? step : `.${step}`)).join("");
}

/** `task.yaml:3:9: unknown key `prot` (did you mean `port`?)`. */
export function mistakeText(file: string, mistake: Mistake): string {
  const suggestion = mistake.suggestion === null ? "" : ` (${mistake.suggestion})`;
  return `${file}:${mistake.line}:${mistake.column}: ${mistake.message}${suggestion}`;
}

/** In the order of the file, each once. */
export function inOrder(mistakes: readonly Mistake[]): readonly Mistake[] {
  const seen = new Set<string>();
  return mistakes
    .filter((mistake) => {
      const text = mistakeText("", mistake);
      return seen.has(text) ? false : seen.add(text) !== undefined;
    })
    .toSorted((a, b) => a.line - b.line || a.column - b.column);
}

/** The candidate that is nearest to what was written, or null when none is near enough to be meant. */
export function nearest(written: string, candidates: readonly string[]): string | null {
  const lower = written.toLowerCase();
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(written.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(lower, candidate.toLowerCase(), bestDistance);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/**
 * Insertions, deletions, substitutions and swaps of neighbours between two words ("optimal string alignment",
 * the restricted form of Damerau's distance), or `limit` as soon as it can't be less.
 */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1);
      }
      current.push(cost);
    }
    [beforeLast, last] = [last, current];
  }
  return last[b.length] ?? limit;
}
