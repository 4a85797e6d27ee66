/** A decoder that takes bytes which began as good ones and were damaged, and must give a value or a named error. */
export interface Target {
  readonly name: string;
  /** Good bytes to begin with. */
  readonly seeds: readonly Buffer[];
  /** How many bytes at the beginning stay as they are. Default: none. */
  readonly keep?: (bytes: Buffer) => number;
  /** What a run costs, compared with that of the others: of a given number it gets so much fewer runs. Default: 1. */
  readonly cost?: number;
  /** Takes damaged bytes; `pick` chooses among variants, so that a run can be repeated. */
  run(bytes: Buffer, pick: (limit: number) => number): void | Promise<void>;
}

/** Fails where a value is larger than its bytes can mean. */
export function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(`not bounded by its bytes: ${what}`);
}
