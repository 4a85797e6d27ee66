/**
 * `npm run fuzz [-- --seconds N | --seed S [--target NAME]]`: damages good bytes and decodes them. Ends with one line of
 * counts; exit code 1 at the first case that is neither a value nor a named error, with the seed that repeats it.
 */
import { parseArgs } from "node:util";
import { fuzz } from "./fuzz.ts";
import { TARGETS } from "./targets.ts";

const { values } = parseArgs({
  options: { seconds: { type: "string", default: "60" }, seed: { type: "string" }, target: { type: "string" } },
});
const targets = TARGETS.filter(({ name }) => values.target === undefined || name === values.target);
if (targets.length === 0) {
  console.error(`no such target: ${values.target} (there are ${TARGETS.map(({ name }) => name).join(", ")})`);
  process.exit(2);
}
const milliseconds = (Number(values.seconds) * 1000) / targets.length;
const firstSeed = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed);
let total = 0;
for (const target of targets) {
  const end = performance.now() + milliseconds;
  const isEnough = values.seed === undefined ? () => performance.now() > end : (runs: number) => runs >= 1;
  const { runs, values: decoded, errors, slowestMs, failure } = await fuzz(target, firstSeed, isEnough);
  total += runs;
  console.log(
    `${target.name}: ${runs} runs, ${decoded} values, ${errors} named errors, slowest ${slowestMs.toFixed(1)} ms`,
  );
  if (failure === null) continue;
  console.error(failure.thrown);
  console.error(
    `repeat with: npm run fuzz -- --target '${failure.target}' --seed ${failure.seed}\n${failure.hex.slice(0, 4000)}`,
  );
  process.exit(1);
}
console.log(`${total} runs from seed ${firstSeed}, 0 failures`);
