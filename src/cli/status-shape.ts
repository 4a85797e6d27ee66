import { z } from "zod";
import { PHASES, STATES, THROTTLES } from "../status/source.ts";
import type { Status } from "../status/status.ts";

/** The shape of a status that comes over HTTP. Fields that a newer version adds are let through. */

const number = z.number().nullable();
const time = z.string().nullable();
const position = z.object({ file: z.string(), offset: z.number(), gtids: z.string() });

const error = z.object({
  name: z.string(),
  stage: z.enum([
    "usage",
    "config",
    "check",
    "upstream",
    "decode",
    "schema",
    "routing",
    "apply",
    "ddl",
    "checkpoint",
    "status",
  ]),
  kind: z.enum(["retryable", "resumable", "fatal"]),
  message: z.string(),
  hint: z.string(),
  position: z.string().nullable(),
  since: z.string(),
  attempt: z.number(),
  retryAt: time,
});

const large = z.object({
  gtid: z.string().nullable(),
  file: z.string(),
  offset: z.number(),
  rows: z.number(),
  bytes: z.number(),
  since: z.string(),
});

export const statusShape = z.object({
  task: z.string(),
  asOf: z.string(),
  state: z.enum(STATES),
  since: z.string(),
  phase: z.enum(PHASES),
  upstream: z.object({
    host: z.string(),
    server: z.string().nullable(),
    uuid: z.string().nullable(),
    end: position.nullable(),
    connectedSince: time,
    disconnectedSince: time,
    reconnects: z.number(),
    reconnectCounts: z.array(z.object({ step: z.string(), reason: z.string(), count: z.number() })),
    recentReconnects: z.array(
      z.object({
        at: z.string(),
        step: z.string(),
        host: z.string(),
        reason: z.string(),
        message: z.string(),
        position: z.string(),
        attempt: z.number(),
        delaySeconds: z.number(),
        connectedSeconds: number,
      }),
    ),
    headRoom: z
      .object({
        oldestFile: z.string(),
        retentionSeconds: number,
        files: number,
        bytes: number,
        seconds: number,
        purgedAt: time,
      })
      .nullable(),
    semiSync: z
      .object({ source: z.enum(["on", "off"]).nullable(), acknowledged: z.number(), waiting: z.number() })
      .nullable(),
  }),
  received: position.nullable(),
  applied: position.nullable(),
  checkpoint: position.extend({ savedAt: time, ageSeconds: number }).nullable(),
  lag: z.object({
    contactSeconds: number,
    receiveSeconds: number,
    applySeconds: number,
    behindBytes: number,
    behindTransactions: number,
    caughtUp: z.boolean(),
  }),
  rows: z.object({ inserted: z.number(), updated: z.number(), deleted: z.number(), perSecond: number }),
  transactions: z.object({ applied: z.number(), perSecond: number }),
  statements: z.object({ executed: z.number(), ignored: z.number() }),
  batchRetries: z.number(),
  missingRows: z.array(z.object({ table: z.string(), count: z.number() })),
  workers: z.array(z.object({ state: z.enum(["idle", "applying", "committing", "retrying"]), batchRows: z.number() })),
  streaming: large.nullable(),
  splitting: large.nullable(),
  throttle: z.object({ reason: z.enum(THROTTLES), since: z.string() }).nullable(),
  error: error.nullable(),
  reloadError: z.string().nullable(),
}) satisfies z.ZodType<Status>;
