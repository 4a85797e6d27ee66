/** Real servers for tests, demo, chaos and benchmark. */

export type { Origin, Row, RunningServer, Server, ServerFacts, ServerOptions, StartOptions, Tool } from "./server.ts";
export { describeServer, runningServer } from "./client.ts";
export { freePort } from "./local-server.ts";
export { findSource, startServer, type Source } from "./start-server.ts";
export { assertNothingLeft, stopAll } from "./tracking.ts";
