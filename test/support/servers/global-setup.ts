/**
 * The servers that all integration tests of a run share. They are started in vitest's main process when a test file first
 * asks for them (a run of one file shouldn't pay for four servers), and stopped when the run ends. Test files are processes
 * of their own, so they ask over a small HTTP server on 127.0.0.1: `GET /mysql-a` answers with the server's facts.
 */

import { createServer, type ServerResponse } from "node:http";
import type { TestProject } from "vitest/node";
import { TEST_USER } from "./data-template.ts";
import {
  assertNothingLeft,
  describeServer,
  findSource,
  startServer,
  stopAll,
  type Server,
  type ServerFacts,
} from "./index.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Where shared.ts asks for servers. */
    sharedServersUrl: string;
  }
}

const NAMES = { "mysql-a": "mysql", "mysql-b": "mysql", "mariadb-a": "mariadb", "mariadb-b": "mariadb" } as const;

/** The names of the shared servers: flavour, and which of the two. */
export type SharedName = keyof typeof NAMES;

function isSharedName(name: string): name is SharedName {
  return Object.hasOwn(NAMES, name);
}

const started = new Map<SharedName, Promise<Server>>();

const control = createServer((request, response) => {
  const name = request.url?.slice(1) ?? "";
  if (!isSharedName(name)) {
    response.writeHead(404).end(`no such server: ${name}`);
    return;
  }
  const server = started.get(name) ?? startServer({ flavour: NAMES[name] });
  started.set(name, server);
  void answer(server, response);
});

async function answer(server: Promise<Server>, response: ServerResponse): Promise<void> {
  try {
    const { flavour, version, origin, host, port, serverId, pid, dataDir, tools } = await server;
    const facts = { flavour, version, origin, host, port, ...TEST_USER, serverId, pid, dataDir, tools };
    response.end(JSON.stringify(facts satisfies ServerFacts));
  } catch (error) {
    response.writeHead(500).end(String(error));
  }
}

/** vitest calls this before the first integration test. A machine where no real server can be had fails here: the run is red. */
export async function setup(project: TestProject): Promise<void> {
  // Both are looked for now, because to install them may take longer than any test's patience.
  for (const flavour of ["mysql", "mariadb"] as const) await findSource(flavour);
  await new Promise<void>((resolve) => control.listen(0, "127.0.0.1", resolve));
  const address = control.address();
  if (address === null || typeof address === "string") throw new Error("the control server has no port");
  project.provide("sharedServersUrl", `http://127.0.0.1:${address.port}`);
}

/** And this after the last. */
export async function teardown(): Promise<void> {
  control.close();
  control.closeAllConnections();
  const ran: string[] = [];
  for (const [name, server] of started) {
    const facts = await server.catch(() => null);
    if (facts !== null) ran.push(`${name}: ${describeServer(facts)}`);
  }
  await stopAll();
  assertNothingLeft();
  const list = ran.length === 0 ? "none was asked for" : ran.toSorted().join(", ");
  process.stdout.write(`[servers] shared servers of this run: ${list}\n`);
}
