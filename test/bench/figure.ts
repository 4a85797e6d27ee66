/** What a benchmark finds out, how it is summed up, and how it is shown (CONTRACT: "The benchmark's JSON"). */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { cpus, release, tmpdir, totalmem, type as system } from "node:os";
import { join } from "node:path";

/** One thing that was measured: the middle, the least and the most of some runs. */
export interface Figure {
  readonly suite: "decode" | "catch-up" | "consistency" | "delay" | "memory" | "stages";
  /** What was done: `one-row-inserts`. */
  readonly workload: string;
  /** `mysql-9.7`: whose log was read. */
  readonly upstream: string;
  /** Where it was written; null where nothing was. */
  readonly downstream: string | null;
  readonly subject: "tidemark" | "tidemark-ordered" | "native" | "zongji" | "mysqlbinlog" | "mysqlbinlog-pipe";
  /** `rowsPerSecond` */
  readonly figure: string;
  /** `rows/s` */
  readonly unit: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly runs: number;
  /** The largest share of the machine that other processes used in one of the runs, 0 … 1; absent where nobody looked. */
  readonly othersShare?: number;
}

/** A figure is disturbed when others used more of the machine than this. */
export const DISTURBED = 0.1;

/** What a suite is told. */
export interface SuiteOptions {
  /** Less data and fewer runs: all suites together stay under three minutes. */
  readonly quick: boolean;
  /** How often a turn may be repeated while other processes use the machine. */
  readonly patience: number;
  /** A line for whoever waits. */
  readonly say: (line: string) => void;
}

/** Measures, one subject after the other in the same run, and leaves nothing behind. */
export type Suite = (options: SuiteOptions) => Promise<readonly Figure[]>;

/** The measured values of one subject, as a figure. At least one sample. */
export function figureOf(what: Omit<Figure, "median" | "min" | "max" | "runs">, samples: readonly number[]): Figure {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (i: number): number => sorted[Math.min(Math.max(i, 0), sorted.length - 1)] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  const median = (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2;
  return { ...what, median, min: at(0), max: at(sorted.length - 1), runs: sorted.length };
}

/** The machine that the figures belong to. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  /** The median of 200 writes of 4 KiB, each made durable: what a durable commit costs at least. */
  readonly fdatasyncMs: number;
  readonly date: string;
}

export function describeMachine(): Machine {
  const cores = cpus();
  return {
    cpu: cores[0]?.model.trim() ?? "unknown",
    cores: cores.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${system()} ${release()}`,
    node: process.version,
    fdatasyncMs: measureFdatasync(),
    date: new Date().toISOString().slice(0, 10),
  };
}

function measureFdatasync(): number {
  const folder = mkdtempSync(join(tmpdir(), "tidemark-bench-"));
  const file = openSync(join(folder, "sync"), "w");
  const page = Buffer.alloc(4096, 1);
  const samples: number[] = [];
  for (let i = 0; i < 200; i++) {
    const start = performance.now();
    writeSync(file, page, 0, page.length, i * page.length);
    fdatasyncSync(file);
    samples.push(performance.now() - start);
  }
  closeSync(file);
  rmSync(folder, { recursive: true });
  return Number((samples.toSorted((a, b) => a - b)[100] ?? Number.NaN).toFixed(3));
}

/**
 * The figures as a Markdown table: a line for each workload, pair of servers and figure; a column for each subject
 * (median, and least … most), and how many times the first of the others ours is.
 */
export function tableOf(figures: readonly Figure[]): string {
  const subjects = [...new Set(figures.map((f) => f.subject))];
  const others = subjects.filter((s) => s !== "tidemark");
  const head = ["suite", "workload", "servers", "figure", ...subjects, ...others.map((s) => `tidemark ÷ ${s}`)];
  const groups = Map.groupBy(figures, (f) => [f.suite, f.workload, pairOf(f), f.unit].join("|"));
  const lines = [...groups].map(([group, members]) => {
    const bySubject = new Map(members.map((f) => [f.subject, f]));
    const ours = bySubject.get("tidemark");
    const ratios = others.map((subject) => {
      const theirs = bySubject.get(subject);
      return ours === undefined || theirs === undefined ? "" : `${(ours.median / theirs.median).toFixed(2)} ×`;
    });
    return [...group.split("|"), ...subjects.map((subject) => cellOf(bySubject.get(subject))), ...ratios];
  });
  const rows = [head, head.map((_, i) => (i < 4 ? "---" : "---:")), ...lines];
  const note = figures.some((f) => (f.othersShare ?? 0) > DISTURBED)
    ? `\n\n† Other processes used more than ${DISTURBED * 100} % of the machine in one of the runs.`
    : "";
  return rows.map((cells) => `| ${cells.join(" | ")} |`).join("\n") + note;
}

function pairOf(figure: Figure): string {
  return figure.downstream === null ? figure.upstream : `${figure.upstream} → ${figure.downstream}`;
}

function cellOf(figure: Figure | undefined): string {
  if (figure === undefined) return "";
  const spread = figure.runs === 1 ? "" : ` (${short(figure.min)} … ${short(figure.max)})`;
  const disturbed = (figure.othersShare ?? 0) > DISTURBED ? " †" : "";
  return short(figure.median) + spread + disturbed;
}

/** Three significant digits, thousands set apart. */
function short(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString("en-US", { maximumFractionDigits: 3 });
}
