import { z } from "zod";
import { flavourOfGtids } from "./until.ts";
import { parseListen } from "./listen.ts";
import { applySchema } from "./schema-apply.ts";
import { duration, integer, pattern, text, word } from "./schema-fields.ts";

/**
 * The task file's schema: the one source of what is checked, of `tidemark schema`, of the file that
 * `tidemark init` writes, and (by a test) of docs/task-file.md.
 */

const start = z.union(
  [
    z.literal("now"),
    z.literal("earliest"),
    z.strictObject({
      gtids: text("a GTID set as the server prints it").refine((value) => flavourOfGtids(value) !== null, {
        error: "a GTID set as the server prints it (MySQL `uuid:1-5`, MariaDB `0-1-5`)",
      }),
    }),
    z.strictObject({
      file: text("the name of a binlog file such as binlog.000007", /^[^\s/:]+\.\d{6,}$/),
      offset: integer(4, Number.MAX_SAFE_INTEGER),
    }),
  ],
  { error: 'now, earliest, {gtids: "…"} or {file: binlog.000007, offset: 4}' },
);

/** The keys that both servers have, in the order in which `tidemark init` writes them. */
const server = (example: { host: string; user: string; variable: string; secret: string }) => ({
  host: text("a host name or address").meta({ description: "Host name or address.", examples: [example.host] }),
  port: integer(1, 65_535).default(3306).meta({ description: "TCP port." }),
  user: text("a user name").meta({ description: "User name.", examples: [example.user] }),
  password: z
    .string({ error: "a text (quote it if it looks like a number)" })
    .optional()
    .meta({
      description:
        "The user's password; better taken from the environment than written here. Either this or passwordFile.",
      examples: [`\${${example.variable}}`],
    }),
  passwordFile: text("the path of a file")
    .optional()
    .meta({
      description:
        "A file that holds the password (a line end after it is cut off). Paths are relative to the task file.",
      examples: [example.secret],
    }),
  tls: word(["disabled", "preferred", "required", "verify-ca", "verify-full"]).default("preferred").meta({
    description:
      "disabled | preferred: when the server can | required | verify-ca: and its certificate is signed by `ca` | verify-full: and it names `host`.",
  }),
  ca: text("the path of a file")
    .optional()
    .meta({
      description: "PEM file of the authorities for verify-ca and verify-full; the system's own are taken without it.",
      examples: ["tls/ca.pem"],
    }),
  cert: text("the path of a file")
    .optional()
    .meta({
      description: "PEM file of our own certificate, when the server asks for one.",
      examples: ["tls/client-cert.pem"],
    }),
  key: text("the path of a file")
    .optional()
    .meta({
      description: "PEM file of the private key that belongs to `cert`.",
      examples: ["tls/client-key.pem"],
    }),
  connectTimeout: duration(100, 600_000, "100ms to 10m")
    .default("10s")
    .meta({ description: "How long connecting and logging in may take." }),
});

const upstreamServer = server({
  host: "10.0.0.5",
  user: "repl",
  variable: "UPSTREAM_PASSWORD",
  secret: "/run/secrets/upstream",
});

const upstream = z
  .strictObject(
    {
      ...upstreamServer,
      // One of `host` and `hosts` must be there: check-sense.ts.
      host: upstreamServer.host.optional().meta({
        description: "Host name or address. Required, unless there are `hosts`.",
        examples: ["10.0.0.5"],
      }),
      hosts: z
        .array(
          z.strictObject(
            {
              host: text("a host name or address").meta({
                description: "Host name or address.",
                examples: ["10.0.0.6"],
              }),
              port: integer(1, 65_535).default(3306).meta({ description: "TCP port." }),
            },
            { error: "a mapping" },
          ),
          { error: "a list of {host, port}" },
        )
        .default([])
        .meta({
          description:
            "Servers with the same data and GTIDs, in order of preference, after `host` or instead of it: the next one is read when one can't be.",
          examples: [[{ host: "10.0.0.6", port: 3306 }]],
        }),
      failoverAfter: duration(0, 86_400_000, "0s to 24h").default("30s").meta({
        description:
          "With several hosts: how long the one that is read may be out of reach until the next one is tried.",
      }),
      start: start.default("now").meta({
        description:
          'Where to begin when there is no checkpoint yet: now | earliest | {gtids: "…"} | {file: binlog.000007, offset: 4}.',
      }),
      netTimeout: duration(1000, 3_600_000, "1s to 1h")
        .default("60s")
        .meta({ description: "A connection that brings nothing for this long is dead and is opened again." }),
      heartbeat: duration(100, 3_600_000, "100ms to 1h")
        .optional()
        .meta({
          description: "The idle upstream's signs of life come at this period. Default: half of netTimeout.",
          examples: ["30s"],
        }),
      serverId: integer(1, 4_294_967_295)
        .optional()
        .meta({
          description:
            "The server id that we register with; no replica of this upstream may have the same. Default: derived from the task's name, always the same.",
          examples: [1_234_567],
        }),
      semiSync: word(["off", "on"])
        .default("off")
        .meta({ description: "on: a semi-synchronous source answers a COMMIT once it is durable downstream." }),
    },
    { error: "a mapping" },
  )
  .meta({ description: "The server whose changes are read." });

const downstream = z
  .strictObject(
    {
      ...server({
        host: "10.0.1.9",
        user: "tidemark",
        variable: "DOWNSTREAM_PASSWORD",
        secret: "/run/secrets/downstream",
      }),
      metaSchema: text("the name of a schema (letters, digits, _ and $, at most 64)", /^[\p{L}\p{N}_$-]{1,64}$/u)
        .default("tidemark")
        .meta({
          description: "Schema of Tidemark's own tables: checkpoint, applied batches, DDL journal. Never copied.",
        }),
      netTimeout: duration(1000, 86_400_000, "1s to 24h")
        .default("10m")
        .meta({ description: "A batch that isn't answered for this long is given up, and its connection with it." }),
    },
    { error: "a mapping" },
  )
  .meta({ description: "The server that the changes are written to." });

const patterns = z.array(pattern, { error: "a list of table patterns" });

export const taskSchema = z
  .strictObject(
    {
      name: text(
        "a name of a-z, 0-9, _ and -, at most 64, beginning with a letter or digit",
        /^[a-z0-9][a-z0-9_-]{0,63}$/,
      ).meta({
        description: "Names this task's rows in the meta schema. A task with another name is another task.",
        examples: ["orders"],
      }),
      upstream,
      downstream,
      tables: z
        .strictObject(
          {
            include: patterns.min(1, { error: "a list of at least one table pattern" }).meta({
              description:
                "Tables that are copied: `db.table` with the wildcards * and ?, or /regex/. System schemas never are.",
              examples: [["shop.*", "crm.*"]],
            }),
            exclude: patterns
              .default([])
              .meta({ description: "Tables that are not copied, though they are included." }),
          },
          { error: "a mapping" },
        )
        .meta({ description: "Which tables are copied." }),
      routes: z
        .array(
          z.strictObject(
            {
              from: pattern.meta({ description: "A table pattern.", examples: ["shop.orders_*"] }),
              to: text("a table, as `db.table`, without wildcards", /^[^.*?/`]+\.[^.*?/`]+$/).meta({
                description: "What these tables are called downstream, as `db.table`.",
                examples: ["shop.orders"],
              }),
            },
            { error: "a mapping" },
          ),
          { error: "a list of {from, to}" },
        )
        .default([])
        .meta({
          description:
            "Other names downstream: tables that match `from` are written to `to`. The first route that matches counts.",
          examples: [[{ from: "shop.orders_*", to: "shop.orders" }]],
        }),
      apply: applySchema,
      checkpoint: z
        .strictObject(
          {
            interval: duration(10, 3_600_000, "10ms to 1h")
              .default("1s")
              .meta({ description: "How often progress is saved downstream." }),
          },
          { error: "a mapping" },
        )
        .prefault({})
        .meta({ description: "How progress is kept." }),
      retry: z
        .strictObject(
          {
            base: duration(1, 600_000, "1ms to 10m").default("1s").meta({
              description: "After a failure the first retry comes at once, the second after this; then it doubles.",
            }),
            cap: duration(1, 3_600_000, "1ms to 1h")
              .default("30s")
              .meta({ description: "No delay is longer than this." }),
            budget: z
              .union([z.literal("off"), duration(1, 31_536_000_000, "1ms to 8760h")], {
                error: "off, or a duration from 1ms to 8760h, such as 10m",
              })
              .default("off")
              .meta({ description: "A task without durable progress for this long has failed; off: it keeps trying." }),
          },
          { error: "a mapping" },
        )
        .prefault({})
        .meta({ description: "What happens after a failure that may pass." }),
      status: z
        .strictObject(
          {
            listen: text("host:port, or off")
              .refine((value) => value === "off" || parseListen(value) !== null, { error: "host:port, or off" })
              .default("127.0.0.1:8261")
              .meta({
                description:
                  "HTTP API, metrics and page; reachable beyond this machine only if it says so. `off` to have none.",
              }),
          },
          { error: "a mapping" },
        )
        .prefault({})
        .meta({ description: "What the task says about itself." }),
    },
    { error: "a mapping" },
  )
  .meta({ title: "Tidemark task file" });

/** The part that is needed to talk to a task that runs. */
export const taskContactSchema = taskSchema.pick({ name: true, status: true });

/** What the schema makes of a task file: the right shape, secrets and files not yet read. */
export type TaskText = z.output<typeof taskSchema>;
