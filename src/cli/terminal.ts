import type { Output } from "./io.ts";

/** Control sequence of ECMA-48: the cursor to the line's begin, and the line erased. */
const ERASE_LINE = "\r\u001B[2K";

/** Lines that stay, and below them one that is rewritten in place. */
export interface Terminal {
  /** Writes whole lines (a line end is put where it lacks); the line below is taken away first and drawn again after. */
  readonly lines: (text: string) => void;
  /** Rewrites the line below; null takes it away. Does nothing but remember it where there is no terminal. */
  readonly below: (line: string | null) => void;
}

export function openTerminal(output: Output): Terminal {
  let drawn: string | null = null;
  return {
    lines(text) {
      const whole = text.endsWith("\n") ? text : `${text}\n`;
      // One write, so that the line below doesn't flicker.
      output.write(drawn === null ? whole : `${ERASE_LINE}${whole}${drawn}`);
    },
    below(line) {
      if (!output.isTerminal || line === drawn) return;
      output.write(`${drawn === null && line !== null ? "" : ERASE_LINE}${line ?? ""}`);
      drawn = line;
    },
  };
}
