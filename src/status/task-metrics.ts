import { fileNumber } from "../binlog/position.ts";
import { timeOfIso } from "../clock.ts";
import { createMetrics, type MetricDefinition, type Sample } from "../metrics.ts";
import { PHASES, STATES, THROTTLES } from "./source.ts";
import type { Status } from "./status.ts";

/** A metric and how its samples are read off the status; the label `task` is put to each. */
interface TaskMetric extends MetricDefinition {
  readonly samples: (status: Status) => readonly Sample[];
}

const one = (value: number | null): readonly Sample[] => [{ labels: {}, value }];

const secondsOf = (time: string | null): number | null => (time === null ? null : timeOfIso(time) / 1000);

/** One sample per word, 1 for the one that holds: exactly one is 1 at any scrape. */
const oneHot = (label: string, words: readonly string[], holds: string): readonly Sample[] =>
  words.map((word) => ({ labels: { [label]: word }, value: word === holds ? 1 : 0 }));

const positions = (status: Status, value: (file: string, offset: number) => number): readonly Sample[] =>
  Object.entries({
    upstream_end: status.upstream.end,
    received: status.received,
    applied: status.applied,
    checkpoint: status.checkpoint,
  }).map(([position, place]) => ({
    labels: { position },
    value: place === null ? null : value(place.file, place.offset),
  }));

const WORKER_STATES = ["idle", "applying", "committing", "retrying"] as const;

/** Everything that `GET /metrics` tells, as docs/cli.md lists it. */
export const TASK_METRICS: readonly TaskMetric[] = [
  gauge("tidemark_state", "1 for the state that the task is in, 0 for the others.", ["state"], (status) =>
    oneHot("state", STATES, status.state),
  ),
  gauge("tidemark_phase", "1 for the phase that the task is in, 0 for the others.", ["phase"], (status) =>
    oneHot("phase", PHASES, status.phase),
  ),
  gauge(
    "tidemark_error",
    "1 while the task waits or has failed because of this error.",
    ["name", "stage", "kind"],
    ({ error }) =>
      error === null ? [] : [{ labels: { name: error.name, stage: error.stage, kind: error.kind }, value: 1 }],
  ),
  gauge(
    "tidemark_throttled",
    "1 while nothing more is read though all is well: an operator has paused the task, or the downstream has enough in hand.",
    ["reason"],
    ({ throttle }) => THROTTLES.map((reason) => ({ labels: { reason }, value: throttle?.reason === reason ? 1 : 0 })),
  ),
  gauge("tidemark_upstream_connected", "1 while connected to the upstream, else 0.", [], (status) =>
    one(status.upstream.connectedSince === null ? 0 : 1),
  ),
  counter("tidemark_upstream_reconnects_total", "Connections to the upstream after the first.", [], (status) =>
    one(status.upstream.reconnects),
  ),
  counter(
    "tidemark_upstream_failures_total",
    "Connections to the upstream that were lost or not made, by the stage and the error's name.",
    ["step", "reason"],
    ({ upstream }) =>
      upstream.reconnectCounts.map(({ step, reason, count }) => ({ labels: { step, reason }, value: count })),
  ),
  gauge("tidemark_contact_age_seconds", "Since the last byte from the upstream.", [], ({ lag }) =>
    one(lag.contactSeconds),
  ),
  gauge(
    "tidemark_receive_lag_seconds",
    "The greatest age of what was committed upstream and is not read here; 0: nothing.",
    [],
    ({ lag }) => one(lag.receiveSeconds),
  ),
  gauge(
    "tidemark_apply_lag_seconds",
    "The greatest age of what was committed upstream and is not committed downstream; 0: nothing.",
    [],
    ({ lag }) => one(lag.applySeconds),
  ),
  gauge("tidemark_behind_bytes", "Bytes of the upstream's log that are not applied yet.", [], ({ lag }) =>
    one(lag.behindBytes),
  ),
  gauge(
    "tidemark_behind_transactions",
    "Transactions of the upstream's log that are not applied yet (MariaDB: at most).",
    [],
    ({ lag }) => one(lag.behindTransactions),
  ),
  gauge(
    "tidemark_caught_up",
    "1 with a sign of life within a heartbeat and everything applied, else 0.",
    [],
    ({ lag }) => one(lag.caughtUp ? 1 : 0),
  ),
  gauge(
    "tidemark_head_room_seconds",
    "For so long the upstream's retention surely keeps what is behind the checkpoint.",
    [],
    ({ upstream }) => one(upstream.headRoom?.seconds ?? null),
  ),
  gauge(
    "tidemark_head_room_bytes",
    "Bytes of log from the beginning of the upstream's oldest file to the checkpoint.",
    [],
    ({ upstream }) => one(upstream.headRoom?.bytes ?? null),
  ),
  gauge(
    "tidemark_head_room_purge_timestamp_seconds",
    "When the upstream will purge what is behind the checkpoint, at the present trend, in seconds since 1970.",
    [],
    ({ upstream }) => one(secondsOf(upstream.headRoom?.purgedAt ?? null)),
  ),
  gauge(
    "tidemark_upstream_retention_seconds",
    "How long the upstream keeps its binlog files; no sample: until somebody purges them.",
    [],
    ({ upstream }) => one(upstream.headRoom?.retentionSeconds ?? null),
  ),
  gauge(
    "tidemark_semi_sync",
    "1 while the source replicates semi-synchronously, 0 while it has it off; no sample: the task doesn't ask for it.",
    [],
    ({ upstream: { semiSync } }) =>
      semiSync === null || semiSync.source === null ? [] : one(semiSync.source === "on" ? 1 : 0),
  ),
  counter(
    "tidemark_semi_sync_acknowledgements_total",
    "Acknowledgements sent to the source, each for everything before its place.",
    [],
    ({ upstream: { semiSync } }) => (semiSync === null ? [] : one(semiSync.acknowledged)),
  ),
  gauge(
    "tidemark_semi_sync_waiting",
    "Places that the source waits for and that are not durable downstream yet.",
    [],
    ({ upstream: { semiSync } }) => (semiSync === null ? [] : one(semiSync.waiting)),
  ),
  counter(
    "tidemark_rows_applied_total",
    "Row changes committed downstream, by what they do.",
    ["operation"],
    ({ rows }) => [
      { labels: { operation: "insert" }, value: rows.inserted },
      { labels: { operation: "update" }, value: rows.updated },
      { labels: { operation: "delete" }, value: rows.deleted },
    ],
  ),
  counter("tidemark_transactions_applied_total", "Upstream transactions committed downstream.", [], (status) =>
    one(status.transactions.applied),
  ),
  counter(
    "tidemark_statements_total",
    "DDL and other statements of the log, by what was done.",
    ["action"],
    (status) => [
      { labels: { action: "executed" }, value: status.statements.executed },
      { labels: { action: "ignored" }, value: status.statements.ignored },
    ],
  ),
  counter(
    "tidemark_batch_retries_total",
    "Batches tried again after a deadlock or a lock wait timeout.",
    [],
    (status) => one(status.batchRetries),
  ),
  counter(
    "tidemark_missing_rows_total",
    "Rows to be changed that were not there downstream and were passed over, by table.",
    ["table"],
    ({ missingRows }) => missingRows.map(({ table, count }) => ({ labels: { table }, value: count })),
  ),
  gauge(
    "tidemark_large_transaction_bytes",
    "Bytes so far of a large transaction that is being applied, by whether it is cut; no sample: there is none.",
    ["mode"],
    ({ streaming, splitting }) => [
      ...(streaming === null ? [] : [{ labels: { mode: "streaming" }, value: streaming.bytes }]),
      ...(splitting === null ? [] : [{ labels: { mode: "splitting" }, value: splitting.bytes }]),
    ],
  ),
  gauge("tidemark_rows_per_second", "Row changes committed downstream, over the last ten seconds.", [], ({ rows }) =>
    one(rows.perSecond),
  ),
  gauge(
    "tidemark_transactions_per_second",
    "Upstream transactions committed downstream, over the last ten seconds.",
    [],
    (status) => one(status.transactions.perSecond),
  ),
  gauge("tidemark_checkpoint_age_seconds", "Since the checkpoint was saved.", [], ({ checkpoint }) =>
    one(checkpoint?.ageSeconds ?? null),
  ),
  gauge("tidemark_position_file", "Number of the binlog file that a position is in.", ["position"], (status) =>
    positions(status, fileNumber),
  ),
  gauge("tidemark_position_offset_bytes", "Offset of a position in its binlog file.", ["position"], (status) =>
    positions(status, (_, offset) => offset),
  ),
  gauge("tidemark_workers", "Workers by what they do.", ["state"], ({ workers }) =>
    WORKER_STATES.map((state) => ({
      labels: { state },
      value: workers.filter((worker) => worker.state === state).length,
    })),
  ),
];

type Samples = TaskMetric["samples"];

function gauge(name: string, help: string, labels: readonly string[], samples: Samples): TaskMetric {
  return { name, type: "gauge", help, labels: ["task", ...labels], samples };
}

function counter(name: string, help: string, labels: readonly string[], samples: Samples): TaskMetric {
  return { name, type: "counter", help, labels: ["task", ...labels], samples };
}

/** What Prometheus is told, and how that is called in HTTP. */
export interface Exposition {
  readonly text: string;
  readonly contentType: string;
}

/** Prometheus's text of one status. Nothing is kept between scrapes, so all samples come from the same reading. */
export async function exposition(status: Status): Promise<Exposition> {
  const metrics = createMetrics(TASK_METRICS);
  for (const metric of TASK_METRICS) {
    const samples = metric.samples(status);
    metrics.tell(
      metric.name,
      samples.map(({ labels, value }) => ({ labels: { task: status.task, ...labels }, value })),
    );
  }
  return { text: await metrics.text(), contentType: metrics.contentType };
}
