import { request } from "node:http";
import { z } from "zod";
import type { Clock } from "../clock.ts";
import { listenText } from "../config/listen.ts";
import type { TaskContact } from "../config/parse-task.ts";
import type { ListenAddress } from "../config/task.ts";
import { fatal, TidemarkError } from "../errors.ts";
import { statusShape } from "./status-shape.ts";
import type { Status } from "../status/status.ts";

/** The orders that a running task takes over HTTP. */
export const ORDERS = ["pause", "resume", "stop", "reload"] as const;
export type Order = (typeof ORDERS)[number];

/** A status and the text that it came in. */
export interface ToldStatus {
  readonly status: Status;
  readonly json: unknown;
}

/** Asks a running task for its status. Throws `task_not_running`, `task_not_answering`, `other_task_answers`, `answer_not_understood`. */
export async function askStatus(contact: TaskContact, clock: Clock): Promise<ToldStatus> {
  const listen = addressOf(contact);
  const reply = await send({ listen, clock }, "GET", "/status");
  if (reply.code === 503) throw notAnswering(listen, messageOf(reply) ?? "it is not ready");
  const status = statusShape.safeParse(reply.json);
  if (reply.code !== 200 || !status.success) throw notUnderstood(listen, reply);
  if (status.data.task !== contact.name) throw otherTask(listen, contact.name, status.data.task);
  return { status: status.data, json: reply.json };
}

/** Gives an order to a running task; the answer is what it says. Throws as {@link askStatus}, and `order_refused`. */
export async function giveOrder(contact: TaskContact, order: Order, force: boolean, clock: Clock): Promise<string> {
  const listen = addressOf(contact);
  const body = JSON.stringify({ task: contact.name, ...(force ? { force } : {}) });
  const reply = await send({ listen, clock }, "POST", `/${order}`, body);
  const message = messageOf(reply);
  if (message === null) throw notUnderstood(listen, reply);
  if (reply.code === 200) return message;
  throw fatal("order_refused", `${order} was refused: ${message}`, {
    stage: "status",
    hint: "`tidemark status` shows the task's state.",
  });
}

/** The name of the task that answers on an address, or null when none does. */
export async function whoAnswers(listen: ListenAddress, clock: Clock): Promise<string | null> {
  try {
    const answer = named.safeParse((await send({ listen, clock }, "GET", "/status")).json);
    return answer.success ? answer.data.task : null;
  } catch {
    return null;
  }
}

const named = z.object({ task: z.string() });
const withMessage = z.object({ message: z.string() });

interface Reply {
  readonly code: number;
  /** undefined when the body isn't JSON. */
  readonly json: unknown;
}

function messageOf(reply: Reply): string | null {
  const result = withMessage.safeParse(reply.json);
  return result.success ? result.data.message : null;
}

function addressOf(contact: TaskContact): ListenAddress {
  if (contact.listen !== null) return contact.listen;
  throw fatal("status_off", `the task ${contact.name} has no status server: its task file says \`listen: off\``, {
    stage: "usage",
    hint: "Give `status.listen` an address and restart the task; signals (SIGTERM, SIGHUP) work without it.",
  });
}

/** A task answers within milliseconds; one that doesn't has stopped running, by SIGSTOP for instance. */
const ANSWER_WITHIN_MS = 5000;
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;

interface Wire {
  readonly listen: ListenAddress;
  readonly clock: Clock;
}

function send({ listen, clock }: Wire, method: "GET" | "POST", path: string, body?: string): Promise<Reply> {
  // A server that listens on every interface is reached through the loopback.
  const host = listen.host === "0.0.0.0" ? "127.0.0.1" : listen.host === "::" ? "::1" : listen.host;
  const headers = body === undefined ? {} : { "content-type": "application/json" };
  return new Promise((resolve, reject) => {
    const outgoing = request({ host, port: listen.port, method, path, headers, agent: false });
    const patience = clock.timer(ANSWER_WITHIN_MS, () => {
      outgoing.destroy(notAnswering(listen, `nothing came within ${ANSWER_WITHIN_MS / 1000} s`));
    });
    const fail = (error: NodeJS.ErrnoException): void => {
      patience.cancel();
      reject(sendError(listen, error));
    };
    outgoing.once("error", fail);
    outgoing.once("response", (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.once("error", fail);
      response.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > ANSWER_BYTES_MAX) response.destroy(notAnswering(listen, "its answer doesn't end"));
      });
      response.once("end", () => {
        patience.cancel();
        resolve({ code: response.statusCode ?? 0, json: jsonOf(Buffer.concat(chunks).toString("utf8")) });
      });
    });
    outgoing.end(body);
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function sendError(listen: ListenAddress, error: NodeJS.ErrnoException): TidemarkError {
  if (error instanceof TidemarkError) return error;
  return fatal("task_not_running", `no task answers on ${listenText(listen)} (${error.code ?? error.message})`, {
    stage: "status",
    hint: "Start it with `tidemark run`, or see whether `status.listen` of the task file is where it listens.",
    cause: error,
  });
}

function notAnswering(listen: ListenAddress, reason: string): TidemarkError {
  return fatal("task_not_answering", `the task on ${listenText(listen)} doesn't tell its status: ${reason}`, {
    stage: "status",
    hint: "Ask again in a moment; its log says what it does.",
  });
}

function notUnderstood(listen: ListenAddress, reply: Reply): TidemarkError {
  return fatal(
    "answer_not_understood",
    `what answers on ${listenText(listen)} is no Tidemark of this version (HTTP ${reply.code})`,
    {
      stage: "status",
      hint: "Another program has this address, or the task runs another version of Tidemark.",
    },
  );
}

function otherTask(listen: ListenAddress, wanted: string, found: string): TidemarkError {
  return fatal("other_task_answers", `on ${listenText(listen)} the task ${found} answers, not ${wanted}`, {
    stage: "status",
    hint: "Give each task of this machine its own `status.listen`.",
  });
}
