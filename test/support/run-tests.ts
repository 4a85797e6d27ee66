/**
 * `npm test`: every vitest project, and a last line of counts that people and machines can read.
 *
 * Arguments are handed on to vitest (`npm test -- --project unit`). Exits with vitest's own code; a run
 * that ran no test at all has failed.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

/** The part that is read of vitest's JSON report. */
const Report = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.unknown()) })),
});

/** The line of counts: files that could not even be loaded count as one failure each. */
function countsOf(report: z.infer<typeof Report>): { line: string; ran: number; failed: number } {
  const broken = report.testResults.filter((f) => f.status === "failed" && f.assertionResults.length === 0);
  const failed = report.numFailedTests + broken.length;
  const skipped = report.numPendingTests + report.numTodoTests;
  const parts = [`${report.numPassedTests} passed`, `${failed} failed`];
  if (skipped > 0) parts.push(`${skipped} skipped`);
  return { line: parts.join(", "), ran: report.numPassedTests + failed, failed };
}

const folder = mkdtempSync(join(tmpdir(), "tidemark-tests-"));
const reportFile = join(folder, "report.json");
const vitest = fileURLToPath(new URL("../../node_modules/vitest/vitest.mjs", import.meta.url));
const args = ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${reportFile}`];
const run = spawnSync(process.execPath, [vitest, ...args, ...process.argv.slice(2)], { stdio: "inherit" });

try {
  const counts = countsOf(Report.parse(JSON.parse(readFileSync(reportFile, "utf8"))));
  console.log(counts.line);
  process.exitCode = run.status !== 0 || counts.failed > 0 || counts.ran === 0 ? run.status || 1 : 0;
} catch (thrown) {
  console.error("vitest left no report:", thrown);
  process.exitCode = run.status || 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
