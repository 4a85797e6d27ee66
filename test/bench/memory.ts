/**
 * The most memory that the process holds while it catches up with a backlog that is far larger than that: the reader
 * must wait for the appliers. Read from Linux's /proc; no figures elsewhere.
 */
import { compare, makeBacklog, nameOf, withPair } from "./catch-up.ts";
import { figureOf, type Figure, type Suite } from "./figure.ts";
import { tidemark } from "./subjects.ts";
import { oneTransaction, WORKLOADS } from "./workloads.ts";

/** Row changes of the backlog: 200 bytes each and more in the log. */
const ROWS = { "one-row-inserts": 500_000, "mixed-oltp": 400_000, "bulk-inserts": 3_000_000 } as const;
/** Of one transaction: two gigabytes in the log. */
const LARGE_ROWS = 10_000_000;
const QUICK = 0.1;

export const memorySuite: Suite = ({ quick, say }) =>
  withPair("mysql", async (upstream, downstream) => {
    const figures: Figure[] = [];
    const share = quick ? QUICK : 1;
    const large = oneTransaction(LARGE_ROWS * share);
    for (const workload of [...WORKLOADS, large]) {
      const rows = workload.name === "one-transaction" ? large.rows.full : ROWS[workload.name] * share;
      const backlog = await makeBacklog(upstream, downstream, workload, rows);
      const { peakRss, seconds } = await tidemark(backlog);
      await compare(backlog);
      say(
        `${workload.name}: ${rows} rows in ${seconds.toFixed(1)} s, ${((peakRss ?? 0) / 2 ** 20).toFixed(0)} MiB at most`,
      );
      const what = {
        workload: workload.name,
        upstream: nameOf(upstream),
        downstream: nameOf(downstream),
        subject: "tidemark",
      } as const;
      if (peakRss !== null)
        figures.push(figureOf({ suite: "memory", ...what, figure: "peakRss", unit: "MiB" }, [peakRss / 2 ** 20]));
    }
    return figures;
  });
