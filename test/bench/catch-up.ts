/**
 * Catching up with a backlog, beside the server's own replica: same servers, same position, same durability (every
 * commit on disk), downstream binary log on, four workers each, in turn within one run.
 *
 * Each time begins with the command that starts the subject (START REPLICA; the process) and ends when everything is
 * durable downstream (the server's own word; the process's exit code 0, after its last checkpoint). So both pay for
 * their start-up. After each turn both sides are compared: a figure of a wrong copy is no figure.
 */
import { startServer, type Server } from "../support/servers/index.ts";
import type { Flavour } from "../../src/mysql/flavour.ts";
import { watchOthers } from "./disturbance.ts";
import { DISTURBED, figureOf, type Figure, type Suite, type SuiteOptions } from "./figure.ts";
import { executedGtids, native, tidemark, tidemarkOrdered, type Backlog, type Subject } from "./subjects.ts";
import { databaseOf, fill, prepare, putBack, WORKLOADS, type Workload } from "./workloads.ts";

const SUBJECTS = { native, tidemark, "tidemark-ordered": tidemarkOrdered } as const satisfies Record<string, Subject>;
type SubjectName = keyof typeof SUBJECTS;
const RUNS = 3;

/** What takes turns, and with what. */
interface Contest {
  readonly suite: "catch-up" | "consistency";
  /** In the order of their turns. */
  readonly subjects: readonly SubjectName[];
  readonly workloads: readonly Workload[];
}

export const catchUpSuite: Suite = (options) =>
  hold({ suite: "catch-up", subjects: ["native", "tidemark"], workloads: WORKLOADS }, options);

/** What commits in the upstream's order cost: `consistency: ordered` beside `transaction`. */
export const consistencySuite: Suite = (options) =>
  hold(
    {
      suite: "consistency",
      subjects: ["tidemark", "tidemark-ordered"],
      workloads: WORKLOADS.filter(({ name }) => name !== "bulk-inserts"),
    },
    options,
  );

async function hold(contest: Contest, options: SuiteOptions): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const flavour of ["mysql", "mariadb"] as const) {
    await withPair(flavour, async (upstream, downstream) => {
      for (const workload of contest.workloads)
        figures.push(...(await measure(upstream, downstream, workload, contest, options)));
    });
  }
  return figures;
}

/** Two servers of a flavour, and what is measured on them; the downstream is durable and has a binary log. */
export async function withPair<T>(
  flavour: Flavour,
  use: (upstream: Server, downstream: Server) => Promise<T>,
): Promise<T> {
  const size = { "innodb-buffer-pool-size": "1G" };
  const updates = flavour === "mysql" ? "log-replica-updates" : "log-slave-updates";
  // Filling the upstream isn't measured: it need not be durable.
  const upstream = await startServer({ flavour, options: size });
  try {
    const downstream = await startServer({ flavour, durable: true, options: { ...size, [updates]: true } });
    try {
      return await use(upstream, downstream);
    } finally {
      await downstream.stop();
    }
  } finally {
    await upstream.stop();
  }
}

/** The workload's tables on both sides, and its backlog in the upstream's log. */
export async function makeBacklog(
  upstream: Server,
  downstream: Server,
  workload: Workload,
  rows: number,
): Promise<Backlog> {
  await Promise.all([prepare(upstream, workload), prepare(downstream, workload)]);
  const from = await executedGtids(upstream);
  await fill(upstream, workload, rows);
  return { upstream, downstream, database: databaseOf(workload), from, to: await executedGtids(upstream) };
}

async function measure(
  upstream: Server,
  downstream: Server,
  workload: Workload,
  { suite, subjects }: Contest,
  options: SuiteOptions,
): Promise<readonly Figure[]> {
  const rows = options.quick ? workload.rows.quick : workload.rows.full;
  const backlog = await makeBacklog(upstream, downstream, workload, rows);
  const turns = new Map<SubjectName, Turn[]>(subjects.map((subject) => [subject, []]));
  for (let run = 1; run <= (options.quick ? 1 : RUNS); run++) {
    for (const [subject, taken] of turns) taken.push(await takeTurn(subject, backlog, workload, rows, options));
  }
  const servers = { upstream: nameOf(upstream), downstream: nameOf(downstream) };
  return [...turns].map(([subject, taken]) => ({
    ...figureOf(
      { suite, workload: workload.name, ...servers, subject, figure: "rowsPerSecond", unit: "rows/s" },
      taken.map((turn) => rows / turn.seconds),
    ),
    othersShare: Math.max(...taken.map((turn) => turn.othersShare ?? 0)),
  }));
}

interface Turn {
  readonly seconds: number;
  readonly othersShare: number | null;
}

/** One turn; again, as often as the caller has patience, while others use the machine. The least disturbed one counts. */
async function takeTurn(
  subject: SubjectName,
  backlog: Backlog,
  workload: Workload,
  rows: number,
  { patience, say }: SuiteOptions,
): Promise<Turn> {
  const { upstream, downstream } = backlog;
  let best: Turn | null = null;
  for (let attempt = 0; attempt <= patience; attempt++) {
    const { result, othersShare } = await watchOthers([upstream.pid, downstream.pid], () => SUBJECTS[subject](backlog));
    await compare(backlog);
    await putBack(downstream, workload);
    const others = othersShare === null ? "" : `, others used ${Math.round(othersShare * 100)} % of the machine`;
    say(`${nameOf(upstream)} ${workload.name} ${subject}: ${rows} rows in ${result.seconds.toFixed(2)} s${others}`);
    if (best === null || (othersShare ?? 0) < (best.othersShare ?? 0)) best = { seconds: result.seconds, othersShare };
    if ((best.othersShare ?? 0) <= DISTURBED) return best;
  }
  return best ?? Promise.reject(new Error("no turn was taken"));
}

/** `mysql-9.7` */
export function nameOf({ flavour, version }: Server): string {
  return `${flavour}-${version.split(".").slice(0, 2).join(".")}`;
}

/** The servers' own checksums; both are of one version, so equal rows have equal sums. */
export async function compare({ upstream, downstream, database }: Backlog): Promise<void> {
  const sums = await Promise.all(
    [upstream, downstream].map(async (server) => {
      const [row] = await server.query(`CHECKSUM TABLE ${database}.sbtest`);
      return String(row?.["Checksum"]);
    }),
  );
  if (sums[0] !== sums[1])
    throw new Error(`both sides differ after catching up: ${database}.sbtest ${sums.join(" ≠ ")}`);
}
