/** Packets of a replication stream, as the upstream's connection hands them to the dump. */
import type { Connection } from "../../src/mysql/connection.ts";
import { startDump, type Dump } from "../../src/upstream/dump-command.ts";
import { eventsOfFile } from "../../src/binlog/binlog-file.ts";
import { LOG_FILES } from "./event-targets.ts";
import { check, type Target } from "./target.ts";

/** What mysql2 does with a command. */
interface Command {
  execute(packet: { buffer: Buffer; start: number; end: number } | undefined, host: object): boolean;
}

function isCommand(value: unknown): value is Command {
  return typeof value === "object" && value !== null && "execute" in value && typeof value.execute === "function";
}

/** A dump whose connection is not there, and the command that it gave to it. */
function openDump(): { readonly dump: Dump; readonly command: Command } {
  let command: unknown;
  const raw = {
    addCommand: (added: unknown) => {
      command = added;
    },
    pause: () => {},
    resume: () => {},
  };
  // Nothing else of a connection is touched by a dump.
  const connection: Pick<Connection, "ended"> & { readonly raw: object } = { raw, ended: new Promise(() => {}) };
  const dump = startDump(Object.assign(Object.create(null), connection), {
    register: Buffer.alloc(0),
    dump: Buffer.alloc(0),
    bytesMax: 1 << 20,
    onChunk: () => {},
  });
  if (!isCommand(command)) throw new Error("the dump gave no command to its connection");
  return { dump, command };
}

const HOST = { sequenceId: 0, writePacket: () => {} };
const OK = Buffer.of(0, 0, 0, 2, 0, 0, 0);

/** Packets of a stream: the first byte of each says how many more bytes it has, behind it and a zero. */
function seeds(): Buffer[] {
  const events = LOG_FILES.flatMap((file) => [...eventsOfFile(file)]).filter((event) => event.length < 200);
  const packet = (payload: Buffer): Buffer => Buffer.concat([Buffer.of(payload.length), payload]);
  const error = Buffer.from("\xff\xd4\x04#HY000Could not find first log file name in binary log index file", "latin1");
  const streams = events.slice(0, 200).map((event) => [Buffer.concat([Buffer.of(0), event])]);
  const acknowledged = events.slice(0, 50).map((event) => [Buffer.concat([Buffer.of(0, 0xef, 1), event])]);
  const others = [[error], [Buffer.of(0xfe, 0, 0, 2, 0)], [Buffer.of(0)], [Buffer.alloc(0)]];
  return [...streams, ...acknowledged, ...others].map((packets) => Buffer.concat(packets.map(packet)));
}

async function run(bytes: Buffer, pick: (limit: number) => number): Promise<void> {
  const { dump, command } = openDump();
  command.execute(undefined, HOST);
  const padding = Buffer.alloc(pick(8), 0xff);
  const execute = (payload: Buffer): boolean => {
    const buffer = Buffer.concat([padding, Buffer.alloc(4), payload, padding]);
    return command.execute({ buffer, start: padding.length, end: buffer.length - padding.length }, HOST);
  };
  if (pick(10) > 0) execute(OK);
  let ended = false;
  for (let at = 0; at < bytes.length && !ended;) {
    const end = at + 1 + bytes.readUInt8(at);
    ended = execute(bytes.subarray(at + 1, end));
    at = end;
  }
  await new Promise((resolve) => queueMicrotask(() => resolve(null)));
  // Without anything to read, ready would wait for more.
  if (!ended) dump.interrupt();
  await dump.ready();
  let length = 0;
  for (let event = dump.take(); event !== null; event = dump.take()) length += event.end - event.start;
  check(length <= bytes.length, `${length} bytes of events`);
  check(dump.queuedBytes === 0, `${dump.queuedBytes} bytes left`);
  // What ended the stream comes when all is taken.
  await dump.ready();
}

export const PACKET_TARGET: Target = { name: "packets", seeds: seeds(), run };
