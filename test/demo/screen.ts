/** What the demo prints: steps, one live line on a terminal (now and then a line elsewhere), a table. */

/** How often the live line is told where lines can't be rewritten. */
const TOLD_EVERY_MS = 3000;

export interface Screen {
  /** A heading: what happens now. */
  step(title: string): void;
  /** A fact that belongs to the step. */
  say(text: string): void;
  /** Replaces the live line; on something that isn't a terminal printed every few seconds only. */
  live(text: string): void;
  /** A table with a heading line; numbers (columns in `right`) stand to the right. */
  table(heading: readonly string[], rows: readonly (readonly string[])[], right: readonly number[]): void;
  good(text: string): void;
  bad(text: string): void;
}

/** @param out where to write; colours and the live line only when it is a terminal (and NO_COLOR isn't set) */
export function createScreen(out: NodeJS.WriteStream): Screen {
  const terminal = out.isTTY;
  const colours = terminal && (process.env["NO_COLOR"] ?? "") === "";
  const paint = (code: number, text: string): string => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);
  let liveShown = false;
  let toldAt = -Infinity;
  let number = 0;
  const line = (text: string): void => {
    if (liveShown) out.write("\n");
    liveShown = false;
    out.write(`${text}\n`);
  };
  return {
    step(title) {
      number += 1;
      toldAt = -Infinity;
      line("");
      line(paint(1, `${number}. ${title}`));
    },
    say: (text) => line(`   ${text}`),
    live(text) {
      if (terminal) {
        // Longer than the terminal is wide, the line would wrap and could not be rewritten.
        out.write(`\r\u001b[2K${paint(36, `   ${text}`.slice(0, (out.columns || 80) - 1))}`);
        liveShown = true;
      } else if (performance.now() - toldAt >= TOLD_EVERY_MS) {
        toldAt = performance.now();
        out.write(`   ${text}\n`);
      }
    },
    table(heading, rows, right) {
      const widths = heading.map((title, column) =>
        Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)),
      );
      const cells = (row: readonly string[]): string =>
        row
          .map((cell, column) =>
            right.includes(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
          )
          .join("   ");
      line("");
      line(`   ${paint(1, cells(heading).trimEnd())}`);
      line(`   ${widths.map((width) => "─".repeat(width)).join("───")}`);
      for (const row of rows) line(`   ${cells(row).trimEnd()}`);
      line("");
    },
    good: (text) => line(paint(32, text)),
    bad: (text) => line(paint(31, text)),
  };
}

/** 12345 → `12 345` */
export function counted(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, " ");
}
