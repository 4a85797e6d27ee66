/**
 * A TCP proxy on 127.0.0.1 between code under test and a server, that does to connections what networks do: delays them, cuts
 * them at a chosen byte or packet, swallows everything, refuses.
 */

import { createConnection, createServer, type Socket } from "node:net";
import { splitPackets, type Direction, type PacketHook } from "./mysql-packets.ts";

export interface TcpProxy {
  readonly host: "127.0.0.1";
  readonly port: number;
  /** Connections open right now. */
  readonly open: number;
  /** Connections accepted so far. */
  readonly accepted: number;
  /** Bytes that went on in a direction, over all connections. */
  readonly passed: Readonly<Record<Direction, number>>;
  /** Bytes that a black hole took, over all connections and both directions. */
  readonly swallowed: number;
  /** Each chunk of bytes arrives this many milliseconds later, in each direction. 0: at once. */
  setLatency(ms: number): void;
  /**
   * Each connection ends when `bytes` more bytes have gone on in this direction, counted per connection, for open ones from now. `close`
   * (default): the receiver reads exactly these bytes and then the end; `reset`: it may lose some of them, as with a real RST.
   */
  cutAfter(direction: Direction, bytes: number, how?: "close" | "reset"): void;
  /** Connections stay open, new ones are accepted, nothing goes on in either direction and what comes is lost. */
  blackHole(): void;
  /** Reads nothing in this direction until `heal`: the sender feels back-pressure. */
  pause(direction: Direction): void;
  /** New connections are refused (nobody listens). Open ones live on. */
  refuse(): Promise<void>;
  /** Ends all open connections by RST, now. */
  reset(): void;
  /** Ends all open connections by FIN on both sides, now. */
  closeConnections(): void;
  /**
   * The clients' ends of all open connections end by RST; the server's ends stay open and silent until `heal`, as when a firewall has forgotten
   * them: the client knows that it has lost its connection, the server doesn't.
   */
  abandon(): void;
  /** Asks `hook` about each packet of connections that are accepted from now on; null: no more. */
  setHook(hook: PacketHook | null): void;
  /** All faults end: no latency, no cut to come, no hook; listens again. Connections in a black hole are reset, since they lost bytes. */
  heal(): Promise<void>;
  /** Ends everything. */
  close(): Promise<void>;
}

interface Faults {
  swallowed: number;
  latencyMs: number;
  blackHole: boolean;
  readonly paused: Set<Direction>;
  hook: PacketHook | null;
}

/** How far a direction may still go, and what happens there. */
interface Cut {
  bytes: number;
  readonly how: "close" | "reset";
}

interface Link {
  readonly id: number;
  readonly client: Socket;
  readonly server: Socket;
  readonly cuts: Map<Direction, Cut>;
  /** Bytes were swallowed. */
  lost: boolean;
}

/** The connections of a proxy and what is being done to them. */
interface Traffic {
  readonly faults: Faults;
  readonly links: Set<Link>;
  /** The server's ends of connections that have no client any more. */
  readonly abandoned: Set<Socket>;
  /** What connections that are accepted from now on will meet. */
  readonly cuts: Map<Direction, Cut>;
  readonly passed: Record<Direction, number>;
  accepted: number;
}

/** Starts a proxy to `to`. `port` default: any free one; it stays the same over `refuse` and `heal`. */
export async function startProxy(to: { readonly host: string; readonly port: number }, port = 0): Promise<TcpProxy> {
  const traffic: Traffic = {
    faults: { swallowed: 0, latencyMs: 0, blackHole: false, paused: new Set(), hook: null },
    links: new Set(),
    abandoned: new Set(),
    cuts: new Map(),
    passed: { "to-server": 0, "to-client": 0 },
    accepted: 0,
  };
  const listener = createServer((client) => accept(traffic, client, createConnection(to)));
  const listen = (on: number): Promise<void> =>
    new Promise((resolve, reject) => {
      listener.once("error", reject);
      listener.listen(on, "127.0.0.1", () => resolve());
    });
  const refuse = async (): Promise<void> => {
    // Open connections keep the callback of close() waiting; it stops listening at once all the same.
    if (listener.listening) listener.close();
  };
  await listen(port);
  const address = listener.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");
  return {
    host: "127.0.0.1",
    port: address.port,
    passed: traffic.passed,
    get swallowed() {
      return traffic.faults.swallowed;
    },
    get open() {
      return traffic.links.size;
    },
    get accepted() {
      return traffic.accepted;
    },
    ...faultsOf(traffic),
    refuse,
    async heal() {
      heal(traffic);
      if (!listener.listening) await listen(address.port);
    },
    async close() {
      await refuse();
      heal(traffic);
      endAll(traffic, "reset");
    },
  };
}

type FaultFunctions =
  | "setLatency"
  | "cutAfter"
  | "blackHole"
  | "pause"
  | "reset"
  | "closeConnections"
  | "abandon"
  | "setHook";

function faultsOf({ faults, links, cuts, abandoned }: Traffic): Pick<TcpProxy, FaultFunctions> {
  return {
    setLatency(ms) {
      faults.latencyMs = ms;
    },
    cutAfter(direction, bytes, how = "close") {
      cuts.set(direction, { bytes, how });
      for (const link of links) link.cuts.set(direction, { bytes, how });
    },
    blackHole() {
      faults.blackHole = true;
    },
    pause(direction) {
      faults.paused.add(direction);
      for (const link of links) sourceOf(link, direction).pause();
    },
    setHook(hook) {
      faults.hook = hook;
    },
    reset: () => endAll({ links }, "reset"),
    closeConnections: () => endAll({ links }, "close"),
    abandon() {
      for (const { client, server } of links) {
        // Nothing that happens to the client's end may reach the server's any more.
        client.removeAllListeners("error").on("error", () => {});
        client.resetAndDestroy();
        abandoned.add(server);
      }
    },
  };
}

function heal({ faults, links, cuts, abandoned }: Traffic): void {
  for (const server of abandoned) server.resetAndDestroy();
  abandoned.clear();
  Object.assign(faults, { latencyMs: 0, blackHole: false, hook: null });
  for (const direction of faults.paused) for (const link of links) sourceOf(link, direction).resume();
  faults.paused.clear();
  cuts.clear();
  for (const link of links) {
    link.cuts.clear();
    if (link.lost) endLink(link, "reset");
  }
}

function accept(traffic: Traffic, client: Socket, server: Socket): void {
  traffic.accepted += 1;
  const link: Link = { id: traffic.accepted, client, server, cuts: new Map(), lost: false };
  for (const [direction, cut] of traffic.cuts) link.cuts.set(direction, { ...cut });
  traffic.links.add(link);
  connectLink(link, traffic);
}

/** Where the bytes of a direction come from. */
function sourceOf(link: Link, direction: Direction): Socket {
  return direction === "to-server" ? link.client : link.server;
}

function endAll({ links }: Pick<Traffic, "links">, how: "reset" | "close"): void {
  for (const link of links) endLink(link, how);
}

function endLink(link: Link, how: "reset" | "close"): void {
  for (const socket of [link.client, link.server]) {
    if (how === "reset") socket.resetAndDestroy();
    else socket.destroy();
  }
}

function connectLink(link: Link, { faults, links, passed }: Traffic): void {
  for (const socket of [link.client, link.server]) {
    socket.setNoDelay(true);
    // Whatever ends one side ends the other; an abrupt end stays abrupt.
    socket.on("error", () => endLink(link, "reset"));
    socket.on("close", () => links.delete(link));
  }
  pump(link, "to-server", faults, passed);
  pump(link, "to-client", faults, passed);
}

/** Moves bytes of one direction, in order, through the faults that are set when they come. */
function pump(link: Link, direction: Direction, faults: Faults, passed: Record<Direction, number>): void {
  const [source, sink] = direction === "to-server" ? [link.client, link.server] : [link.server, link.client];
  const hooked = faults.hook === null ? null : splitPackets(direction, link.id);
  // The time (monotonic, ms) at which the last delayed chunk goes on: a later one may not overtake it.
  let lastDue = 0;
  if (faults.paused.has(direction)) source.pause();

  const write = (chunk: Buffer): void => {
    if (sink.destroyed) return;
    const cut = link.cuts.get(direction);
    const allowed = cut === undefined ? chunk : chunk.subarray(0, cut.bytes);
    passed[direction] += allowed.length;
    const more = sink.write(allowed);
    if (cut !== undefined) {
      cut.bytes -= allowed.length;
      if (cut.bytes === 0) cutHere(cut.how);
    }
    if (!more) source.pause();
  };
  const cutHere = (how: "close" | "reset"): void => {
    source.removeAllListeners("data");
    if (how === "close") sink.end(() => endLink(link, "close"));
    else sink.end(() => endLink(link, "reset"));
  };
  const send = (chunk: Buffer): void => {
    const now = performance.now();
    const due = Math.max(lastDue, now + faults.latencyMs);
    if (due <= now) {
      write(chunk);
      return;
    }
    lastDue = due;
    setTimeout(() => write(chunk), due - now);
  };
  sink.on("drain", () => {
    if (!faults.paused.has(direction)) source.resume();
  });
  source.on("data", (chunk: Buffer) => {
    if (faults.blackHole) {
      link.lost = true;
      faults.swallowed += chunk.length;
      return;
    }
    if (hooked === null) {
      send(chunk);
      return;
    }
    for (const packet of hooked(chunk)) {
      const verdict = faults.hook?.(packet) ?? "pass";
      if (verdict === "pass") send(packet.bytes);
      else if (verdict === "half") {
        write(packet.bytes.subarray(0, packet.bytes.length >> 1));
        cutHere("close");
        return;
      } else if (typeof verdict === "object") source.write(verdict.answer);
      else if (verdict !== "drop") {
        endLink(link, verdict);
        return;
      }
    }
  });
  source.on("end", () => {
    if (faults.blackHole) return;
    const wait = Math.max(0, lastDue - performance.now());
    if (wait === 0) sink.end();
    else setTimeout(() => sink.end(), wait);
  });
}
