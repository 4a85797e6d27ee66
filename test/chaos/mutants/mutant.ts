/** A deliberate breakage of the source. */
export interface Mutant {
  /** What it breaks, in a few words. */
  readonly name: string;
  /** Below src/. */
  readonly file: string;
  /** Exact text, found once in the file, and what takes its place; several for one breakage. */
  readonly edits: readonly (readonly [text: string, replacement: string])[];
  /** The criterion that would not hold any more. */
  readonly breaks: string;
  /** Who must notice: the simulation, or these unit tests (below test/unit/). */
  readonly caughtBy: "simulation" | readonly string[];
}
