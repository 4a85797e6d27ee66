/**
 * `npm run loss -- [--seconds N] [--loss PERCENT] [--upstream mysql]`: a task reads an upstream over a network that loses packets,
 * beside a server's own replica. One line of counts at the end; exit 0 only if nothing failed and both sides are equal. Root on Linux.
 */

import { parseArgs } from "node:util";
import { describeDifferences } from "../support/compare.ts";
import { whyNoLossyLink } from "../support/network/lossy-link.ts";
import { parsePair } from "../support/pair.ts";
import { describeLoss, runLoss } from "./loss/run.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "300" },
    loss: { type: "string", default: "60" },
    upstream: { type: "string", default: "mysql" },
  },
});
const [seconds, percent] = [Number(values.seconds), Number(values.loss)];
if (!(seconds > 0) || !(percent >= 0 && percent < 100)) throw new Error("--seconds and --loss must be numbers");
const impossible = await whyNoLossyLink();
if (impossible !== null) {
  console.log(`loss: not possible here: ${impossible}`);
  process.exit(1);
}
const report = await runLoss({
  flavour: parsePair(`${values.upstream}-${values.upstream}`).upstream,
  seconds,
  loss: percent / 100,
  tell: (line) => console.log(line),
});
if (report.differences.length > 0) console.log(describeDifferences(report.differences));
const better = share(report.tidemark) >= share(report.native);
// Of fewer connects a share says little.
const long = seconds >= 300 && percent >= 60;
const passed =
  report.differences.length === 0 && report.caughtUpSeconds <= 10 && (!long || (better && report.reconnects >= 30));
console.log(`loss: ${percent} % for ${seconds} s: ${describeLoss(report)}: ${passed ? "passed" : "FAILED"}`);
process.exitCode = passed ? 0 : 1;

function share({ dumps, connects }: typeof report.native): number {
  return connects === 0 ? 0 : dumps / connects;
}
