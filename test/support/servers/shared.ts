/** For test files: the servers that the whole run shares. Use databases of your own; don't stop, restart or reconfigure them. */

import { inject } from "vitest";
import type { Flavour } from "../../../src/mysql/flavour.ts";
import { runningServer } from "./client.ts";
import type { SharedName } from "./global-setup.ts";
import type { RunningServer, ServerFacts } from "./server.ts";

/** By convention tests follow `a` (the upstream) into `b` (the downstream). */
export async function sharedServer(flavour: Flavour, which: "a" | "b"): Promise<RunningServer> {
  const name: SharedName = `${flavour}-${which}`;
  const response = await fetch(`${inject("sharedServersUrl")}/${name}`);
  if (!response.ok) throw new Error(`no shared server ${name}: ${await response.text()}`);
  const facts: ServerFacts = JSON.parse(await response.text());
  return runningServer(facts);
}

/** Upstream and downstream of a test. */
export async function sharedPair(
  upstream: Flavour,
  downstream: Flavour,
): Promise<{ upstream: RunningServer; downstream: RunningServer }> {
  const [a, b] = await Promise.all([sharedServer(upstream, "a"), sharedServer(downstream, "b")]);
  return { upstream: a, downstream: b };
}
