/**
 * A server that speaks just enough of MySQL's protocol to be followed, and that fails where a test wants it to: a greeting, any
 * password, the housekeeping's three results, a registration, and a dump of events that the test made.
 *
 * Sources: the manual's "Client/Server Protocol"; only what mysql2 asks for without TLS and with `mysql_native_password`.
 */

import { createServer, type Socket } from "node:net";
import { greeting, okPacket, packets, resultSet } from "./scripted-packets.ts";

/** What the server sends, in order; each is a place where it may fail instead. `event` is told apart by its number in the dump. */
export type Answer = "greeting" | "auth" | "session" | "register" | "event";

/** How an answer fails. `half`: half of its bytes, then the end (FIN). */
export type Failure =
  | { readonly how: "silence" }
  | { readonly how: "reset" }
  | { readonly how: "end" }
  | { readonly how: "half" }
  | { readonly how: "error"; readonly code: number; readonly message?: string };

/** What a dump is asked for. */
export interface DumpRequest {
  readonly by: "file" | "gtid";
  readonly file: string;
  readonly offset: number;
  readonly flags: number;
  readonly serverId: number;
}

/** One connection as it went. */
export interface Seen {
  readonly queries: string[];
  dump: DumpRequest | null;
  readonly acknowledgements: Acknowledgement[];
}

/** What a semi-synchronous replica has acknowledged, and the number of its packet. */
export interface Acknowledgement {
  readonly file: string;
  readonly offset: number;
  readonly sequence: number;
}

export interface Script {
  /** Rows of SHOW GLOBAL VARIABLES; default a MySQL 8.4 with gtid_mode OFF, server id 1. */
  readonly variables?: Readonly<Record<string, string>>;
  /** The answer to the last SELECT of the housekeeping. */
  readonly facts?: Readonly<Record<string, string>>;
  /** Events of the dump on this connection (from 1), then silence. */
  readonly events: (connection: number, request: DumpRequest) => readonly Buffer[];
  /** The failure of an answer, or null; `event` is the number of the event in the dump, from 0; `events` of them can also fail behind the last. */
  readonly fail?: (connection: number, answer: Answer, event: number) => Failure | null;
  /** Events leave in pieces of this many bytes, this many milliseconds apart. */
  readonly trickle?: { readonly bytes: number; readonly everyMs: number };
  /** Each event with a semi-sync header in front; a function says of which (by its number in the dump) an acknowledgement is wanted. */
  readonly semiSync?: true | ((event: number) => boolean);
  /** Called when an acknowledgement has come. */
  readonly onAcknowledged?: (acknowledgement: Acknowledgement) => void;
  /** The dump ends (FIN) behind its last event. Default false: silence. */
  readonly endAfterEvents?: boolean;
}

export interface ScriptedServer {
  readonly host: string;
  readonly port: number;
  readonly connections: readonly Seen[];
  close(): Promise<void>;
}

const VARIABLES = {
  version: "8.4.3",
  server_id: "1",
  server_uuid: "3e11fa47-71ca-11e1-9e33-c80aa9429562",
  gtid_mode: "OFF",
};
const FACTS = { checksum: "CRC32", now: "1700000000.000000" };

const MORE_RESULTS = 0x0008;
const COM_QUIT = 0x01;
const COM_QUERY = 0x03;
const COM_BINLOG_DUMP = 0x12;
const COM_REGISTER_SLAVE = 0x15;
const ACKNOWLEDGEMENT = 0xef;
const COM_BINLOG_DUMP_GTID = 0x1e;

/** Starts it, on a free port of 127.0.0.1 unless it is told where. */
export async function startScriptedServer(
  script: Script,
  { host = "127.0.0.1", port = 0 }: { readonly host?: string; readonly port?: number } = {},
): Promise<ScriptedServer> {
  const connections: Seen[] = [];
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    const seen: Seen = { queries: [], dump: null, acknowledgements: [] };
    connections.push(seen);
    serve(socket, script, seen, connections.length);
  });
  await new Promise<void>((resolve) => {
    listener.listen(port, host, resolve);
  });
  const address = listener.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    host,
    port: address.port,
    connections,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => {
        listener.close(() => resolve());
      });
    },
  };
}

function serve(socket: Socket, script: Script, seen: Seen, connection: number): void {
  let failed = false;
  /** Sends payloads as packets numbered from `sequence`, unless it is this answer's turn to fail. False: it failed. */
  const answer = (what: Answer, sequence: number, payloads: readonly Buffer[], event = 0): boolean => {
    if (failed) return false;
    const failure = script.fail?.(connection, what, event) ?? null;
    const bytes = Buffer.concat(payloads.flatMap((payload, index) => packets(sequence + index, payload)));
    if (failure === null) {
      socket.write(bytes);
      return true;
    }
    failed = true;
    fail(socket, failure, bytes, sequence, what === "greeting");
    return false;
  };
  const command = (payload: Buffer, sequence: number): void => {
    switch (payload[0]) {
      case ACKNOWLEDGEMENT: {
        const offset = Number(payload.readBigUInt64LE(1));
        const acknowledgement = { file: payload.toString("utf8", 9), offset, sequence };
        seen.acknowledgements.push(acknowledgement);
        script.onAcknowledged?.(acknowledgement);
        return;
      }
      case COM_QUIT:
        socket.end();
        return;
      case COM_QUERY:
        seen.queries.push(payload.toString("utf8", 1));
        answer("session", 1, housekeepingResults(script));
        return;
      case COM_REGISTER_SLAVE:
        answer("register", 1, [okPacket(0)]);
        return;
      case COM_BINLOG_DUMP:
      case COM_BINLOG_DUMP_GTID: {
        const request = dumpRequest(payload);
        seen.dump = request;
        void dump(socket, script, script.events(connection, request), answer);
        return;
      }
      default:
        throw new Error(`the scripted server doesn't know command ${payload[0]}`);
    }
  };
  let authenticated = false;
  onPackets(socket, (payload, sequence) => {
    if (authenticated) command(payload, sequence);
    else {
      authenticated = true;
      answer("auth", 2, [okPacket(0)]);
    }
  });
  answer("greeting", 0, [greeting()]);
}

type Answering = (what: Answer, sequence: number, payloads: readonly Buffer[], event?: number) => boolean;

async function dump(socket: Socket, script: Script, events: readonly Buffer[], answer: Answering): Promise<void> {
  let sequence = 1;
  for (const [index, event] of events.entries()) {
    const isWanted = typeof script.semiSync === "function" && script.semiSync(index);
    const header = script.semiSync === undefined ? [] : [0xef, isWanted ? 1 : 0];
    const payload = Buffer.concat([Buffer.of(0, ...header), event]);
    if (script.trickle !== undefined) {
      const bytes = Buffer.concat(packets(sequence, payload));
      for (let at = 0; at < bytes.length && !socket.destroyed; at += script.trickle.bytes) {
        socket.write(bytes.subarray(at, at + script.trickle.bytes));
        await new Promise((resolve) => setTimeout(resolve, script.trickle?.everyMs));
      }
    } else if (!answer("event", sequence, [payload], index)) return;
    // Behind an event that it wants acknowledged a server begins to count anew.
    sequence = isWanted ? 1 : sequence + packets(sequence, payload).length;
  }
  // A failure may also come behind the last event, instead of the one that never comes.
  answer("event", sequence, [], events.length);
  if (script.endAfterEvents === true) socket.end();
}

function fail(socket: Socket, failure: Failure, bytes: Buffer, sequence: number, beforeLogin: boolean): void {
  switch (failure.how) {
    case "silence":
      return;
    case "reset":
      socket.resetAndDestroy();
      return;
    case "end":
      socket.end();
      return;
    case "half":
      socket.end(bytes.subarray(0, bytes.length >> 1));
      return;
    case "error": {
      const head = Buffer.alloc(3);
      head.writeUInt8(0xff, 0);
      head.writeUInt16LE(failure.code, 1);
      // Before the handshake the server doesn't know whether its client understands SQL states.
      const state = beforeLogin ? "" : "#HY000";
      const payload = Buffer.concat([head, Buffer.from(`${state}${failure.message ?? `error ${failure.code}`}`)]);
      socket.end(Buffer.concat(packets(sequence, payload)));
      return;
    }
    default:
      failure satisfies never;
  }
}

function onPackets(socket: Socket, take: (payload: Buffer, sequence: number) => void): void {
  let rest: Buffer = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readUIntLE(0, 3)) {
      const end = 4 + rest.readUIntLE(0, 3);
      const payload = rest.subarray(4, end);
      const sequence = rest.readUInt8(3);
      rest = rest.subarray(end);
      take(payload, sequence);
    }
  });
}

function housekeepingResults(script: Script): Buffer[] {
  const variables = Object.entries({ ...VARIABLES, ...script.variables });
  const facts = { ...FACTS, ...script.facts };
  return [
    okPacket(MORE_RESULTS),
    ...resultSet(["Variable_name", "Value"], variables, MORE_RESULTS),
    ...resultSet(Object.keys(facts), [Object.values(facts)], 0),
  ];
}

function dumpRequest(payload: Buffer): DumpRequest {
  if (payload[0] === COM_BINLOG_DUMP) {
    return {
      by: "file",
      offset: payload.readUInt32LE(1),
      flags: payload.readUInt16LE(5),
      serverId: payload.readUInt32LE(7),
      file: payload.toString("utf8", 11),
    };
  }
  return { by: "gtid", flags: payload.readUInt16LE(1), serverId: payload.readUInt32LE(3), file: "", offset: 4 };
}
