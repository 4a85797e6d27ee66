/**
 * Tidemark's command line, with faults at named places of the real process:
 *
 *     TIDEMARK_FAULT=batch.commit.after:crash@3 node test/support/tidemark/faulty-tidemark.ts run task.yaml
 *
 * kills the process (SIGKILL) when a batch's COMMIT has been answered for the third time. The places are the steps of
 * `src/faults.ts`, each with `.before` and `.after`; the actions are described at {@link faultsFromText}. Each fault
 * is told on stderr, as `fault: batch.commit.after:crash@3`, before it strikes. Without the variable this is `src/cli.ts`.
 *
 * Only this entry reads the variable; the product has no way to be told of faults.
 */
import { writeSync } from "node:fs";
import { main } from "../../../src/cli/main.ts";
import { processIo } from "../../../src/cli/process-io.ts";
import { systemClock } from "../../../src/clock.ts";
import { realDoors } from "../../../src/syncer.ts";
import { faultsFromText } from "./faults-from-text.ts";

const text = process.env["TIDEMARK_FAULT"] ?? "";
const faults =
  text === ""
    ? null
    : faultsFromText(text, {
        clock: systemClock,
        die: () => process.kill(process.pid, "SIGKILL"),
        freeze: () => process.kill(process.pid, "SIGSTOP"),
        // Written before the next line runs, whatever stderr is.
        onFault: (fault) => void writeSync(2, `fault: ${fault}\n`),
      });

const code = await main(process.argv.slice(2), processIo(), {
  runTask: async () => {
    const { runTask } = await import("../../../src/daemon.ts");
    return (options) => runTask({ ...options, doors: { ...realDoors, faults } });
  },
  probe: async () => (await import("../../../src/cli/probe.ts")).probe,
});
process.exit(code);
