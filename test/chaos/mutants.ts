/**
 * `npm run mutants [-- --only TEXT]`: breaks the source on purpose, in a copy, one way after the other, and sees to it that the
 * simulation or the unit tests notice. One line each, and a line of counts; non-zero if a breakage goes unnoticed.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { MUTANTS } from "./mutants/all.ts";
import type { Mutant } from "./mutants/mutant.ts";

const { values } = parseArgs({
  options: {
    /** Only those whose name contains this. */
    only: { type: "string", default: "" },
    /** Seeds that a breakage may pass before it counts as unnoticed. */
    seeds: { type: "string", default: "1000" },
  },
});

const root = fileURLToPath(new URL("../..", import.meta.url));
const mutants = MUTANTS.filter(({ name }) => name.includes(values.only));

/** For one judgement. */
const TIMEOUT_MS = 600_000;

interface Ran {
  readonly code: number | null;
  readonly output: string;
}

/** A copy of what the simulation and the unit tests need. */
function makeCopy(): string {
  const folder = mkdtempSync(join(tmpdir(), "tidemark-mutant-"));
  for (const part of ["src", "migrations", "test", "docs", "package.json", "tsconfig.json", "vitest.config.ts"])
    cpSync(join(root, part), join(folder, part), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  return folder;
}

/** What runs now: ended with us, however we end. */
const children = new Set<ChildProcess>();

function run(folder: string, args: readonly string[]): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0" };
    const child = spawn(process.execPath, args, { cwd: folder, timeout: TIMEOUT_MS, env });
    children.add(child);
    let output = "";
    const take = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    child.once("error", reject);
    child.once("close", (code) => {
      children.delete(child);
      const late = code === null ? `\nno end within ${TIMEOUT_MS / 1000} s` : "";
      resolve({ code, output: `${output}${late}` });
    });
  });
}

function simulate(folder: string, seeds: string): Promise<Ran> {
  return run(folder, ["test/chaos/simulate.ts", "--seeds", seeds, "--threads", "1", "--stop"]);
}

function unitTests(folder: string, files: readonly string[]): Promise<Ran> {
  const paths = files.map((file) => `test/unit/${file}`);
  return run(folder, [join(root, "node_modules/vitest/vitest.mjs"), "run", "--project", "unit", ...paths]);
}

/** What the breakage led to: noticed (and by what), unnoticed, or not even a program any more. */
async function judge(folder: string, mutant: Mutant): Promise<{ noticed: boolean; how: string }> {
  const { caughtBy } = mutant;
  if (caughtBy === "simulation") {
    const { code, output } = await simulate(folder, values.seeds);
    const failure = /^seed (\d+): (.*)$/m.exec(output);
    if (failure !== null) return { noticed: true, how: `seed ${failure[1]}: ${failure[2]?.slice(0, 90)}` };
    return { noticed: false, how: code === 0 ? `${values.seeds} seeds passed` : output.slice(-300) };
  }
  const missing = caughtBy.filter((file) => !existsSync(join(folder, "test/unit", file)));
  if (missing.length > 0) return { noticed: false, how: `there is no test/unit/${missing.join(", ")}` };
  const { code, output } = await unitTests(folder, caughtBy);
  const failed = /Tests\s.*?(\d+) failed/.exec(output);
  if (failed !== null) return { noticed: true, how: `${failed[1]} of ${caughtBy.join(", ")}` };
  return { noticed: false, how: code === 0 ? `${caughtBy.join(", ")} passed` : output.slice(-300) };
}

/** Applies the edits, judges, and puts the file back. A text that isn't there (once) is an error of the list. */
async function tryMutant(folder: string, mutant: Mutant): Promise<boolean> {
  const path = join(folder, "src", mutant.file);
  const original = readFileSync(path, "utf8");
  let broken = original;
  for (const [text, replacement] of mutant.edits) {
    if (broken.split(text).length !== 2) {
      console.log(`OUTDATED  ${mutant.name}: ${mutant.file} does not hold once: ${text}`);
      return false;
    }
    broken = broken.replace(text, () => replacement);
  }
  writeFileSync(path, broken);
  const { noticed, how } = await judge(folder, mutant);
  writeFileSync(path, original);
  console.log(`${noticed ? "noticed  " : "UNNOTICED"} ${mutant.name} (${mutant.breaks}): ${how}`);
  return noticed;
}

/** Without a breakage all of it must pass, or noticing one means nothing. */
async function passesUnbroken(folder: string): Promise<boolean> {
  const files = [...new Set(mutants.flatMap(({ caughtBy }) => (caughtBy === "simulation" ? [] : caughtBy)))];
  const runs = [await simulate(folder, "200"), ...(files.length === 0 ? [] : [await unitTests(folder, files)])];
  const failed = runs.find(({ code }) => code !== 0);
  if (failed !== undefined) console.log(`the unbroken source fails:\n${failed.output.slice(-2000)}`);
  return failed === undefined;
}

const folders = Array.from({ length: Math.min(4, availableParallelism()) }, makeCopy);
const removeFolders = (): void => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
};
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    for (const child of children) child.kill("SIGKILL");
    removeFolders();
    console.log("stopped before the end; nothing is left behind");
    process.exit(1);
  });
}
console.log(`${mutants.length} breakages, ${folders.length} at a time, each in a copy of the source`);
try {
  const [first = ""] = folders;
  if (await passesUnbroken(first)) {
    const left = [...mutants];
    let noticed = 0;
    await Promise.all(
      folders.map(async (folder) => {
        for (let mutant = left.shift(); mutant !== undefined; mutant = left.shift()) {
          if (await tryMutant(folder, mutant)) noticed += 1;
        }
      }),
    );
    console.log(`${noticed} breakages noticed, ${mutants.length - noticed} unnoticed`);
    process.exitCode = noticed === mutants.length && mutants.length > 0 ? 0 : 1;
  } else process.exitCode = 1;
} finally {
  removeFolders();
}
