/** `GET /status` as CONTRACT.md promises it: every field must be there, more may be. Numbers that aren't known are null. */

import { z } from "zod";

const Place = z.looseObject({ file: z.string(), offset: z.number().int(), gtids: z.string() });
const Instant = z.iso.datetime();
const Count = z.number().int().min(0);
const Seconds = z.number().min(0).nullable();

export const StatusContract = z.looseObject({
  task: z.string(),
  state: z.enum(["starting", "running", "waiting", "paused", "failed", "stopping", "stopped"]),
  since: Instant,
  phase: z.string().nullable(),
  upstream: z.looseObject({
    server: z.string().nullable(),
    uuid: z.string().nullable(),
    end: Place.nullable(),
    connectedSince: Instant.nullable(),
    reconnects: Count,
  }),
  received: Place.nullable(),
  applied: Place.nullable(),
  checkpoint: Place.extend({ savedAt: Instant.nullable() }).nullable(),
  lag: z.looseObject({
    contactSeconds: Seconds,
    receiveSeconds: Seconds,
    applySeconds: Seconds,
    behindBytes: Count.nullable(),
    behindTransactions: Count.nullable(),
    caughtUp: z.boolean().nullable(),
  }),
  rows: z.looseObject({ inserted: Count, updated: Count, deleted: Count, perSecond: z.number().min(0).nullable() }),
  transactions: z.looseObject({ applied: Count, perSecond: z.number().min(0).nullable() }),
  workers: z.array(z.looseObject({ state: z.string(), batchRows: Count })),
  error: z
    .looseObject({
      name: z.string(),
      stage: z.string(),
      kind: z.string(),
      message: z.string(),
      hint: z.string(),
      position: z.string().nullable(),
      since: Instant,
      attempt: Count,
      retryAt: Instant.nullable(),
    })
    .nullable(),
});

/** What a running task says of itself. */
export type Status = z.infer<typeof StatusContract>;
