/**
 * A server that speaks just enough of MySQL's protocol to be followed, and that fails where a test wants it to: a greeting, any
 * password, the housekeeping's three results, a registration, and a dump of events that the test made.
 *
 * Sources: the manual's "Client/Server Protocol"; only what mysql2 asks for without TLS and with `mysql_native_password`.
 */

import { createServer, type Socket } from "node:net";

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
  /** Each event with a semi-sync header in front. */
  readonly semiSync?: boolean;
  /** The dump ends (FIN) behind its last event. Default false: silence. */
  readonly endAfterEvents?: boolean;
}

export interface ScriptedServer {
  readonly host: "127.0.0.1";
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
const COM_BINLOG_DUMP_GTID = 0x1e;
const PACKET_MAX = 0xff_ffff;

/** Starts it on a free port of 127.0.0.1. */
export async function startScriptedServer(script: Script): Promise<ScriptedServer> {
  const connections: Seen[] = [];
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    const seen: Seen = { queries: [], dump: null };
    connections.push(seen);
    serve(socket, script, seen, connections.length);
  });
  await new Promise<void>((resolve) => {
    listener.listen(0, "127.0.0.1", resolve);
  });
  const address = listener.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    host: "127.0.0.1",
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
  const command = (payload: Buffer): void => {
    switch (payload[0]) {
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
  onPackets(socket, (payload) => {
    if (authenticated) command(payload);
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
    const payload = Buffer.concat([Buffer.of(0, ...(script.semiSync === true ? [0xef, 0] : [])), event]);
    if (script.trickle !== undefined) {
      const bytes = Buffer.concat(packets(sequence, payload));
      for (let at = 0; at < bytes.length && !socket.destroyed; at += script.trickle.bytes) {
        socket.write(bytes.subarray(at, at + script.trickle.bytes));
        await new Promise((resolve) => setTimeout(resolve, script.trickle?.everyMs));
      }
    } else if (!answer("event", sequence, [payload], index)) return;
    sequence += packets(sequence, payload).length;
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

function onPackets(socket: Socket, take: (payload: Buffer) => void): void {
  let rest: Buffer = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readUIntLE(0, 3)) {
      const end = 4 + rest.readUIntLE(0, 3);
      const payload = rest.subarray(4, end);
      rest = rest.subarray(end);
      take(payload);
    }
  });
}

/** A payload as packets of at most 2^24-1 bytes; one that is a multiple of that ends with an empty one. */
export function packets(sequence: number, payload: Buffer): Buffer[] {
  const made: Buffer[] = [];
  for (let at = 0; ; at += PACKET_MAX) {
    const part = payload.subarray(at, at + PACKET_MAX);
    const head = Buffer.alloc(4);
    head.writeUIntLE(part.length, 0, 3);
    head.writeUInt8((sequence + made.length) & 0xff, 3);
    made.push(Buffer.concat([head, part]));
    if (part.length < PACKET_MAX) return made;
  }
}

function greeting(): Buffer {
  // PROTOCOL_41, TRANSACTIONS, SECURE_CONNECTION, MULTI_STATEMENTS, MULTI_RESULTS, PLUGIN_AUTH and the like; no TLS, no DEPRECATE_EOF.
  const capabilities = 0x1 | 0x2 | 0x4 | 0x8 | 0x200 | 0x2000 | 0x8000 | 0x1_0000 | 0x2_0000 | 0x8_0000;
  const low = Buffer.alloc(2);
  low.writeUInt16LE(capabilities & 0xffff);
  const high = Buffer.alloc(2);
  high.writeUInt16LE(capabilities >>> 16);
  return Buffer.concat([
    Buffer.of(10),
    Buffer.from("8.4.3-scripted\0"),
    Buffer.from([42, 0, 0, 0]),
    Buffer.from("12345678\0"),
    low,
    Buffer.of(45, 2, 0),
    high,
    Buffer.of(21),
    Buffer.alloc(10),
    Buffer.from("123456789012\0"),
    Buffer.from("mysql_native_password\0"),
  ]);
}

function okPacket(status: number): Buffer {
  return Buffer.of(0, 0, 0, 2 | status, 0, 0, 0);
}

function eof(status: number): Buffer {
  return Buffer.of(0xfe, 0, 0, 2 | status, 0);
}

function lengthEncoded(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.of(bytes.length), bytes]);
}

function column(name: string): Buffer {
  const tail = Buffer.of(0x0c, 45, 0, 255, 0, 0, 0, 253, 0, 0, 0, 0, 0);
  return Buffer.concat([...["def", "", "", "", name, name].map((text) => lengthEncoded(text)), tail]);
}

function resultSet(names: readonly string[], rows: readonly (readonly string[])[], status: number): Buffer[] {
  return [
    Buffer.of(names.length),
    ...names.map((name) => column(name)),
    eof(status),
    ...rows.map((row) => Buffer.concat(row.map((text) => lengthEncoded(text)))),
    eof(status),
  ];
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
