/**
 * A place between two transactions of the upstream's log: everything before it is in, nothing after it.
 * `gtids` is the canonical text of the executed GTID set at that place ("" when the upstream has no GTIDs).
 */
export interface Position {
  readonly file: string;
  readonly offset: number;
  readonly gtids: string;
}

/** `binlog.000007:4`: how a position is named in logs and errors. */
export function positionText(position: Pick<Position, "file" | "offset">): string {
  return `${position.file}:${position.offset}`;
}

/**
 * Order of two places in one server's log. Files compare by the number behind the last dot (it grows
 * beyond six digits, so not as text), then by offset. Negative: `a` is before `b`.
 */
export function comparePositions(a: Pick<Position, "file" | "offset">, b: Pick<Position, "file" | "offset">): number {
  return fileNumber(a.file) - fileNumber(b.file) || a.offset - b.offset;
}

/** The number behind the last dot of a binlog file's name: `binlog.000007` → 7. */
export function fileNumber(file: string): number {
  return Number.parseInt(file.slice(file.lastIndexOf(".") + 1), 10) || 0;
}
