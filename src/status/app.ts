import { Hono, type Context } from "hono";
import { z } from "zod";
import type { Log } from "../log.ts";
import type { Answer, TaskControls } from "./source.ts";
import { page, PAGE_FILES, PAGE_POLICY } from "./page.ts";
import type { Status } from "./status.ts";
import { exposition } from "./task-metrics.ts";

/** What the HTTP API shows and moves: there once the task is. */
export interface Served {
  readonly status: () => Status;
  readonly controls: TaskControls;
}

export interface AppOptions {
  /** null: the task isn't there yet; everything but `/healthz` answers 503 then. */
  readonly served: () => Served | null;
  /** Bound to the loopback: only requests that name it are answered. */
  readonly loopbackOnly: boolean;
  readonly log: Log;
}

/** No order is longer than this. */
const BODY_BYTES_MAX = 4096;

const order = z.strictObject({ task: z.string().optional() });
const stopOrder = order.extend({ force: z.boolean().optional() });
type Order = z.infer<typeof stopOrder>;

/**
 * The HTTP API. `GET /` (the page), `/status`, `/metrics`, `/healthz`; `POST /pause`, `/resume`, `/stop`, `/reload` with an optional
 * JSON body `{"task": "orders"}` (refused when another task answers here; `/stop` also takes `{"force": true}`).
 * Errors are `{"message"}`: 400 for what isn't understood, 403 for other hosts and origins, 404, 405, 409 for an order
 * that is refused, 413, 503 while there is no task. Never 500.
 */
export function createApp(options: AppOptions): Hono {
  const app = new Hono();
  const message = (c: Context, code: 400 | 403 | 404 | 405 | 409 | 413 | 503, text: string) =>
    c.json({ message: text }, code);

  app.use(async (c, next) => {
    const refused = refusal(c, options.loopbackOnly);
    if (refused !== null) return message(c, 403, refused);
    c.header("Cache-Control", "no-store");
    c.header("X-Content-Type-Options", "nosniff");
    await next();
    return undefined;
  });

  const show = (path: string, answer: (c: Context, served: Served) => Response | Promise<Response>): void => {
    app.get(path, (c) => {
      const served = options.served();
      return served === null ? message(c, 503, "the task is starting") : answer(c, served);
    });
    app.all(path, (c) => refuseMethod(c, "GET"));
  };
  const obey = (path: string, obeyed: (controls: TaskControls, order: Order) => Answer): void => {
    app.post(path, async (c) => {
      const served = options.served();
      if (served === null) return message(c, 503, "the task is starting");
      const text = await readBody(c);
      if (text === null) return message(c, 413, `the body is longer than ${BODY_BYTES_MAX} bytes`);
      const body = readOrder(text, path === "/stop" ? stopOrder : order);
      if (typeof body === "string") return message(c, 400, body);
      const { task, state } = served.status();
      if (body.task !== undefined && body.task !== task)
        return message(c, 409, `this is the task ${task}, not ${body.task}`);
      const answer = obeyed(served.controls, body);
      options.log.info({ order: path.slice(1), accepted: answer.accepted, state }, "order over HTTP");
      return answer.accepted ? c.json({ message: answer.message, task }) : message(c, 409, answer.message);
    });
    app.all(path, (c) => refuseMethod(c, "POST"));
  };
  const refuseMethod = (c: Context, allowed: string): Response => {
    c.header("Allow", allowed);
    return message(c, 405, `${c.req.path} takes ${allowed}`);
  };

  show("/status", (c, { status }) => c.json(status()));
  show("/metrics", async (c, { status }) => {
    const { text, contentType } = await exposition(status());
    return c.body(text, 200, { "Content-Type": contentType });
  });
  showPage(app, options);
  app.all("/", (c) => refuseMethod(c, "GET"));
  app.get("/healthz", (c) => {
    const state = options.served()?.status().state ?? "starting";
    return c.json({ state }, state === "failed" ? 503 : 200);
  });
  app.all("/healthz", (c) => refuseMethod(c, "GET"));
  obey("/pause", (controls) => controls.pause());
  obey("/resume", (controls) => controls.resume());
  obey("/stop", (controls, { force }) => controls.stop({ force: force ?? false }));
  obey("/reload", (controls) => controls.reload());

  app.notFound((c) => message(c, 404, `there is nothing at ${c.req.path}`));
  app.onError((error, c) => {
    options.log.error({ err: error, path: c.req.path }, "the status can't be told");
    return message(c, 503, "the status can't be told at the moment; the log says why");
  });
  return app;
}

function showPage(app: Hono, options: AppOptions): void {
  app.get("/", (c) => {
    const status = options.served()?.status() ?? null;
    c.header("Content-Security-Policy", PAGE_POLICY);
    return c.html(page(status), status === null ? 503 : 200);
  });
  for (const { path, type, text } of PAGE_FILES) app.get(path, (c) => c.body(text, 200, { "Content-Type": type }));
}

/** The body as text, or null as soon as it is too long. */
async function readBody(c: Context): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of c.req.raw.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > BODY_BYTES_MAX) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** The order in a body; or what is wrong with it. No body is an order without wishes. */
function readOrder(text: string, schema: z.ZodType<Order>): Order | string {
  if (text.trim() === "") return {};
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return "the body is not JSON";
  }
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const at = issue === undefined || issue.path.length === 0 ? "the body" : issue.path.join(".");
  return `${at}: ${issue?.message ?? "not understood"}`;
}

/**
 * Why a request isn't answered, or null. A page in the operator's browser can send requests to the loopback: by a
 * name of its own that is made to point here (DNS rebinding; its Host header gives it away), or straight, across
 * origins (its Origin header does; RFC 6454).
 */
function refusal(c: Context, loopbackOnly: boolean): string | null {
  const host = hostName(`http://${c.req.header("host") ?? ""}`);
  if (loopbackOnly && (host === null || !/^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(host))) {
    return "only requests to localhost are answered here: the Host header names another host";
  }
  const origin = c.req.header("origin");
  if (
    origin !== undefined &&
    c.req.method !== "GET" &&
    c.req.method !== "HEAD" &&
    originHost(origin) !== c.req.header("host")
  ) {
    return "requests from pages of other sites are not answered";
  }
  return null;
}

function hostName(url: string): string | null {
  return URL.canParse(url) ? new URL(url).hostname : null;
}

function originHost(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null;
}
