/** MySQL's packets as a proxy sees them: 3 bytes length (little endian), 1 byte sequence number, payload (manual: "MySQL Packets"). */

/** Which way bytes go. */
export type Direction = "to-server" | "to-client";

export interface Packet {
  readonly direction: Direction;
  /** Number of the connection, from 1, in the order that the proxy accepted them. */
  readonly connection: number;
  readonly sequence: number;
  readonly payload: Buffer;
  /** Header and payload. */
  readonly bytes: Buffer;
}

/**
 * What becomes of a packet: on it goes; it vanishes; the connection ends before it, politely (FIN) or by RST; half of its bytes go on, and then
 * the connection ends. Or it doesn't reach the server, which is none the wiser, and the client gets this answer.
 */
export type Verdict = "pass" | "drop" | "close" | "reset" | "half" | { readonly answer: Buffer };

/** Sees every MySQL packet of a plain (no TLS, no compression) connection before it goes on. */
export type PacketHook = (packet: Packet) => Verdict;

const HEADER_BYTES = 4;
const COM_QUERY = 0x03;
const SERVER_MORE_RESULTS_EXISTS = 0x0008;

/** A function from chunks to the packets that they complete; keeps what is left for the next chunk. */
export function splitPackets(direction: Direction, connection: number): (chunk: Buffer) => Packet[] {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const packets: Packet[] = [];
    while (rest.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + rest.readUIntLE(0, 3);
      if (rest.length < end) break;
      const bytes = rest.subarray(0, end);
      packets.push({
        direction,
        connection,
        sequence: rest.readUInt8(3),
        payload: bytes.subarray(HEADER_BYTES),
        bytes,
      });
      rest = rest.subarray(end);
    }
    return packets;
  };
}

/** The SQL text of a COM_QUERY, or null. (With CLIENT_QUERY_ATTRIBUTES a few bytes stand before the text; they are part of what is returned.) */
export function queryText(packet: Packet): string | null {
  if (packet.direction !== "to-server" || packet.sequence !== 0 || packet.payload[0] !== COM_QUERY) return null;
  return packet.payload.toString("utf8", 1);
}

/** An ERR packet as the answer to a command: header (sequence 1), 0xff, number, `#`, SQL state, text (manual: "ERR_Packet"). */
export function errorAnswer(code: number, sqlState: string, message: string): Buffer {
  const payload = Buffer.concat([Buffer.from([0xff, code & 0xff, code >> 8]), Buffer.from(`#${sqlState}${message}`)]);
  const header = Buffer.from([payload.length & 0xff, payload.length >> 8, 0, 1]);
  return Buffer.concat([header, payload]);
}

/** A {@link PacketHook} that tells how often it struck. */
export interface Strike {
  readonly hook: PacketHook;
  readonly struck: number;
}

/** Where a connection is cut: the statement never reaches the server; the server has done it, and its answer is lost, or half of it. */
export type CutMoment = "before" | "after" | "half";

/**
 * Cuts the connection around statements that match, the first `times` of them. After the statement has reached the server the client can't know
 * whether its COMMIT took effect.
 */
export function cutAround(match: RegExp, when: CutMoment, times = 1): Strike {
  let left = times;
  return cutWhere((sql) => {
    if (left === 0 || !match.test(sql)) return null;
    left -= 1;
    return when;
  });
}

/** Cuts the connection around each statement for which `choose` names a moment; null: it goes on. */
export function cutWhere(choose: (sql: string, connection: number) => CutMoment | null): Strike {
  const awaiting = new Map<number, "after" | "half">();
  let struck = 0;
  const hook = (packet: Packet): Verdict => {
    const sql = queryText(packet);
    const moment = sql === null ? null : choose(sql, packet.connection);
    if (moment === "before") {
      struck += 1;
      return "reset";
    }
    if (moment !== null) {
      awaiting.set(packet.connection, moment);
      return "pass";
    }
    const due = awaiting.get(packet.connection);
    if (packet.direction === "to-client" && due !== undefined) {
      if (!isLastOfAnswer(packet.payload)) return "drop";
      awaiting.delete(packet.connection);
      struck += 1;
      return due === "half" ? "half" : "reset";
    }
    return "pass";
  };
  return {
    hook,
    get struck() {
      return struck;
    },
  };
}

/** An ERR packet, or an OK packet that doesn't announce another result (of several statements in one query). For answers without rows. */
function isLastOfAnswer(payload: Buffer): boolean {
  if (payload[0] === 0xff) return true;
  if (payload[0] !== 0x00) return false;
  let offset = skipLengthEncoded(payload, 1);
  offset = skipLengthEncoded(payload, offset);
  return (payload.readUInt16LE(offset) & SERVER_MORE_RESULTS_EXISTS) === 0;
}

function skipLengthEncoded(payload: Buffer, offset: number): number {
  const first = payload.readUInt8(offset);
  if (first < 0xfb) return offset + 1;
  return offset + { 0xfc: 3, 0xfd: 4, 0xfe: 9 }[first === 0xfc || first === 0xfd ? first : 0xfe];
}
