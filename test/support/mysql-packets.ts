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

/** What becomes of a packet: on it goes; it vanishes; or the connection ends before it, politely (FIN) or by RST. */
export type Verdict = "pass" | "drop" | "close" | "reset";

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

/** A {@link PacketHook} that tells how often it struck. */
export interface Strike {
  readonly hook: PacketHook;
  readonly struck: number;
}

/**
 * Cuts the connection around statements that match, the first `times` of them:
 * `before`: the statement never reaches the server; `after`: the server has done it, its answer is lost. This is the moment at which
 * the client can't know whether its COMMIT took effect.
 */
export function cutAround(match: RegExp, when: "before" | "after", times = 1): Strike {
  const awaiting = new Set<number>();
  let struck = 0;
  const hook = (packet: Packet): Verdict => {
    const sql = queryText(packet);
    if (sql !== null && struck + awaiting.size < times && match.test(sql)) {
      if (when === "before") {
        struck += 1;
        return "reset";
      }
      awaiting.add(packet.connection);
      return "pass";
    }
    if (packet.direction === "to-client" && awaiting.has(packet.connection)) {
      if (!isLastOfAnswer(packet.payload)) return "drop";
      awaiting.delete(packet.connection);
      struck += 1;
      return "reset";
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
