import type { Connection } from "../mysql/connection.ts";
import { classifyServerError } from "../mysql/server-error.ts";
import { classifyDumpError } from "./dump-error.ts";
import { SEMI_SYNC_MAGIC } from "./packets.ts";

/**
 * The replication stream as a command of mysql2: registers, asks for the dump, and queues the raw
 * events. Both requests leave together, so the dump costs one round trip.
 *
 * mysql2 calls `execute` once without a packet (write now) and then for each packet, synchronously, for all
 * packets of one socket read. A packet is one event; one longer than 16 MiB-1 was put together from its parts
 * (its lib/packet_parser.js). The Packet object is reused for the next packet, but its bytes are a slice of the socket's
 * chunk (or a buffer of their own), which nobody writes to again: keeping it is right and copies nothing.
 *
 * The payload of a packet:
 *
 *     00 [ef flag] event        flag 1: acknowledge this event (semi-sync, only when the session said that it can)
 *     ff errno #sqlstate text   the dump has failed
 *     fe                        the dump has ended
 */

/** What mysql2 hands to a command: the payload is from `start` + 4 to `end`. */
interface RawPacket {
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
}

/** What a command uses of mysql2's connection. */
interface RawHost {
  sequenceId: number;
  writePacket(packet: OutgoingPacket): void;
}

/** As `writePacket` wants it: room for the 4-byte header in front, and `length` with it. */
interface OutgoingPacket {
  readonly buffer: Buffer;
  length(): number;
  writeHeader(sequenceId: number): void;
}

/** Where an event stands: `bytes[start, end)`. Hot path: no view is made of it. */
export interface EventPlace {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/** A running dump: a queue of chunks of events. A chunk is what one or more socket reads brought. */
export interface Dump {
  /**
   * Resolves when the chunk in hand is used up and another is there, or when `interrupt` was called. Rejects with a
   * classified error once the stream has ended and everything that came before was taken.
   */
  ready(): Promise<void>;
  /** The next event of the chunk in hand; null at its end. It is told in a record that is used again for the one behind. */
  take(): EventPlace | null;
  /** The event that was taken last is to be acknowledged. */
  readonly asksAcknowledgement: boolean;
  /** Sends an acknowledgement (see `packets.ts`); false: the connection takes none. */
  acknowledge(payload: Buffer): boolean;
  /** Makes a waiting `ready` resolve with nothing. */
  interrupt(): void;
  /** Bytes of events that were received and not taken. */
  readonly queuedBytes: number;
  /** True while the socket is not read, because `bytesMax` are waiting. */
  readonly paused: boolean;
  /** Events received so far. */
  readonly events: number;
}

export interface DumpOptions {
  /** Payloads of the two commands, see `packets.ts`. */
  readonly register: Buffer;
  readonly dump: Buffer;
  /** The socket is not read while this much or more waits. One socket read or one event may go beyond. */
  readonly bytesMax: number;
  /** Called once per socket read that brought events. */
  readonly onChunk: () => void;
}

const EVENT_LENGTH_AT = 9;
const SEMI_SYNC_HEADER_BYTES = 2;

/** Registers and starts the dump. Errors come out of `ready`. */
export function startDump(connection: Connection, options: DumpOptions): Dump {
  const command = new DumpCommand(connection, options);
  // Public in mysql2, but left out of its type declarations.
  const add: unknown = Reflect.get(connection.raw, "addCommand");
  if (typeof add !== "function") throw new Error("mysql2 has no addCommand");
  Reflect.apply(add, connection.raw, [command]);
  void connection.ended.then((reason) => command.onResult(reason));
  return command;
}

/** Guards the order (chunk by chunk, the failure last) and the byte limit. */
class DumpCommand implements Dump {
  events = 0;
  queuedBytes = 0;
  paused = false;
  asksAcknowledgement = false;
  readonly #connection: Connection;
  readonly #options: DumpOptions;
  #current: EventList = newList();
  #taken = 0;
  #incoming: EventList = newList();
  readonly #place: { bytes: Buffer; start: number; end: number } = { bytes: Buffer.alloc(0), start: 0, end: 0 };
  #registered = false;
  #flushing = false;
  #interrupted = false;
  #failure: { readonly error: Error } | null = null;
  #waiting: (() => void) | null = null;
  #host: RawHost | null = null;

  constructor(connection: Connection, options: DumpOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  /** Called by mysql2. True: this command is done. */
  execute(packet: RawPacket | undefined, host: RawHost): boolean {
    if (packet === undefined) {
      this.#host = host;
      for (const payload of [this.#options.register, this.#options.dump]) {
        host.sequenceId = 0;
        host.writePacket(outgoing(payload));
      }
      return false;
    }
    const { buffer, start, end } = packet;
    const status = buffer[start + 4];
    if (status === 0xff) {
      this.onResult(classifyDumpError(buffer.subarray(start + 4, end)));
      return true;
    }
    if (!this.#registered) {
      // The answer to the first command; packets of the second one's answer are numbered from 1 again.
      this.#registered = true;
      host.sequenceId = 1;
      return false;
    }
    if (status === 0xfe && end - start - 4 < 9) {
      this.onResult(Object.assign(new Error("the server ended the stream"), { code: "PROTOCOL_CONNECTION_LOST" }));
      return true;
    }
    const eventStart = startOfEvent(buffer, start + 5, end);
    if (eventStart > start + 5 && buffer[start + 6] === 1) {
      this.#incoming.asking.add(this.#incoming.bytes.length);
      // Behind an event that it wants acknowledged the source numbers its packets from 1 again, whenever the answer comes
      // (MySQL: `ReplSemiSyncMaster::readSlaveReply`; MariaDB: `Repl_semi_sync_master::flush_net`).
      host.sequenceId = 1;
    }
    this.#incoming.bytes.push(buffer);
    this.#incoming.bounds.push(eventStart, end);
    this.queuedBytes += end - eventStart;
    this.events++;
    if (!this.#flushing) {
      this.#flushing = true;
      // Runs when mysql2 has gone through the whole socket read: one wake-up for each, and a pause falls
      // between two of them, where mysql2 has no half-handled packets to keep.
      queueMicrotask(() => this.#flush());
    }
    return false;
  }

  /** Called by mysql2 when the connection breaks. The first reason stays. */
  onResult(error: unknown): void {
    this.#failure ??= { error: classifyServerError(error, "upstream") };
    this.#wake();
  }

  async ready(): Promise<void> {
    if (this.#taken < this.#current.bytes.length) return;
    while (this.#incoming.bytes.length === 0) {
      if (this.#interrupted) return;
      if (this.#failure !== null) throw this.#failure.error;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting = resolve;
      await promise;
    }
    this.#current = this.#incoming;
    this.#incoming = newList();
    this.#taken = 0;
  }

  take(): EventPlace | null {
    const { bytes, bounds, asking } = this.#current;
    const taken = this.#taken;
    const event = bytes[taken];
    if (event === undefined) return null;
    const place = this.#place;
    place.bytes = event;
    place.start = bounds[2 * taken] ?? 0;
    place.end = bounds[2 * taken + 1] ?? 0;
    this.#taken = taken + 1;
    this.asksAcknowledgement = asking.size > 0 && asking.has(taken);
    this.queuedBytes -= place.end - place.start;
    if (this.paused && this.queuedBytes * 2 < this.#options.bytesMax) {
      this.paused = false;
      this.#connection.raw.resume();
    }
    return place;
  }

  acknowledge(payload: Buffer): boolean {
    const host = this.#host;
    if (host === null || this.#failure !== null || this.#connection.closed) return false;
    // A packet of its own, beside the numbering of the stream.
    const { sequenceId } = host;
    try {
      host.sequenceId = 0;
      host.writePacket(outgoing(payload));
      return true;
    } catch {
      // What is wrong with the connection shows in the stream; the acknowledgement stays owed.
      return false;
    } finally {
      host.sequenceId = sequenceId;
    }
  }

  interrupt(): void {
    this.#interrupted = true;
    this.#wake();
  }

  #flush(): void {
    this.#flushing = false;
    if (!this.paused && this.queuedBytes >= this.#options.bytesMax) {
      this.paused = true;
      this.#connection.raw.pause();
    }
    this.#options.onChunk();
    this.#wake();
  }

  #wake(): void {
    this.#waiting?.();
    this.#waiting = null;
  }
}

/** Events of one chunk: the buffer of each, and where it starts and ends there. */
interface EventList {
  readonly bytes: Buffer[];
  readonly bounds: number[];
  /** Which of them are to be acknowledged. */
  readonly asking: Set<number>;
}

function newList(): EventList {
  return { bytes: [], bounds: [], asking: new Set() };
}

/** Where the event of a packet starts: behind its semi-sync header, where there is one. */
function startOfEvent(buffer: Buffer, start: number, end: number): number {
  const length = end - start;
  // A timestamp may begin with 0xef too; an event's own length field tells both apart.
  const semiSync =
    buffer[start] === SEMI_SYNC_MAGIC &&
    length >= EVENT_LENGTH_AT + 6 &&
    buffer.readUInt32LE(start + EVENT_LENGTH_AT) !== length &&
    buffer.readUInt32LE(start + SEMI_SYNC_HEADER_BYTES + EVENT_LENGTH_AT) === length - SEMI_SYNC_HEADER_BYTES;
  return semiSync ? start + SEMI_SYNC_HEADER_BYTES : start;
}

function outgoing(payload: Buffer): OutgoingPacket {
  const buffer = Buffer.concat([Buffer.alloc(4), payload]);
  return {
    buffer,
    length: () => buffer.length,
    writeHeader: (sequenceId) => {
      buffer.writeUIntLE(payload.length, 0, 3);
      buffer.writeUInt8(sequenceId, 3);
    },
  };
}
