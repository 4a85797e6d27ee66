import { createServer, type Server, type ServerResponse } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { fatal, type TidemarkError } from "../errors.ts";
import { isLoopback, listenText } from "../config/listen.ts";
import type { ListenAddress } from "../config/task.ts";
import type { Log } from "../log.ts";
import { createApp, type Served } from "./app.ts";

/** A status server that listens. */
export interface StatusServer {
  /** The port, when the address left the choice to the system (0). */
  readonly port: number;
  /** From now on this is what is served. */
  serve(served: Served): void;
  /** Answers what was asked, and ends all connections, those that are kept alive included. */
  close(): Promise<void>;
}

/** Requests are small: whoever takes longer to send one is not a client of ours. */
const REQUEST_TIMEOUT_MS = 10_000;

/**
 * Listens on exactly this address. It listens before the task begins, so that a port in use is found before anything
 * is touched. Throws `status_port_in_use` or `status_listen_failed`.
 */
export async function openStatusServer(listen: ListenAddress, log: Log): Promise<StatusServer> {
  let served: Served | null = null;
  const app = createApp({ served: () => served, loopbackOnly: isLoopback(listen.host), log });
  const respond = getRequestListener(app.fetch, {
    overrideGlobalObjects: false,
    errorHandler: () => Response.json({ message: "the request is not understood" }, { status: 400 }),
  });
  const answering = new Map<ServerResponse, Promise<void>>();
  const server = createServer(
    { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS, connectionsCheckingInterval: 1000 },
    (request, response) => {
      const answered = Promise.withResolvers<void>();
      answering.set(response, answered.promise);
      response.once("close", () => {
        answering.delete(response);
        answered.resolve();
      });
      void respond(request, response);
    },
  );
  server.maxConnections = 100;
  await bind(server, listen);
  const address = server.address();
  return {
    port: address === null || typeof address === "string" ? listen.port : address.port,
    serve: (what) => {
      served = what;
    },
    close: () => closeServer(server, answering),
  };
}

function bind(server: Server, listen: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(listenError(error, listen)));
    server.listen({ host: listen.host, port: listen.port, exclusive: true }, resolve);
  });
}

/** What was asked is answered: an order to stop ends us, and whoever gave it must hear that it was taken. */
async function closeServer(server: Server, answering: ReadonlyMap<ServerResponse, Promise<void>>): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  for (const [{ req }, answered] of answering) if (req.complete) await answered;
  server.closeAllConnections();
  await closed;
}

function listenError(error: NodeJS.ErrnoException, listen: ListenAddress): TidemarkError {
  const address = listenText(listen);
  if (error.code === "EADDRINUSE") {
    return fatal("status_port_in_use", `another program listens on ${address} already`, {
      stage: "status",
      hint: "Give `status.listen` another port in the task file, or `off`.",
      cause: error,
    });
  }
  return fatal("status_listen_failed", `${address} can't be listened on (${error.code ?? error.message})`, {
    stage: "status",
    hint: "Is `status.listen` an address of this machine, and is its port one that we may use?",
    cause: error,
  });
}
