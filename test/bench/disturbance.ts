/**
 * Who else used the machine while something was measured: a figure from a busy machine says little, and a subject with
 * many threads suffers more than one with few. Read from Linux's /proc; elsewhere nothing is known.
 */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/** Clock ticks a second in /proc (USER_HZ: 100 on every Linux that Node runs on). */
const TICKS = 100;

/** CPU time in seconds. */
interface Reading {
  readonly at: number;
  /** Of everybody, since the machine was started. */
  readonly everybody: number;
  /** Of our own processes, their ended children included. */
  readonly ours: number;
}

/**
 * Does the work and tells which share of the machine others took meanwhile: 0 … 1, or null where that isn't known.
 * `pids`: what works for us besides this process and its children.
 */
export async function watchOthers<T>(
  pids: readonly number[],
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly othersShare: number | null }> {
  const before = read(pids);
  const result = await work();
  const after = read(pids);
  if (before === null || after === null) return { result, othersShare: null };
  const others = after.everybody - before.everybody - (after.ours - before.ours);
  const machine = ((after.at - before.at) / 1000) * availableParallelism();
  return { result, othersShare: Math.max(0, others / machine) };
}

function read(pids: readonly number[]): Reading | null {
  try {
    const ours = [process.pid, ...pids].map(cpuSecondsOf).reduce((a, b) => a + b, 0);
    return { at: performance.now(), everybody: busySeconds(), ours };
  } catch {
    return null;
  }
}

/** proc(5), /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal. */
function busySeconds(): number {
  const [line = ""] = readFileSync("/proc/stat", "utf8").split("\n");
  const ticks = line.split(/\s+/).slice(1, 9).map(Number);
  return ticks.reduce((sum, each, field) => sum + (field === 3 || field === 4 ? 0 : each), 0) / TICKS;
}

/** proc(5), /proc/pid/stat behind the name's bracket: utime, stime, cutime and cstime are fields 14 to 17. */
function cpuSecondsOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (
    fields
      .slice(11, 15)
      .map(Number)
      .reduce((a, b) => a + b, 0) / TICKS
  );
}
