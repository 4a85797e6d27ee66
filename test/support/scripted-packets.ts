/** Packets as the scripted server sends them. Source: the manual's "Client/Server Protocol". */

const PACKET_MAX = 0xff_ffff;

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

export function greeting(): Buffer {
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

export function okPacket(status: number): Buffer {
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

export function resultSet(names: readonly string[], rows: readonly (readonly string[])[], status: number): Buffer[] {
  return [
    Buffer.of(names.length),
    ...names.map((name) => column(name)),
    eof(status),
    ...rows.map((row) => Buffer.concat(row.map((text) => lengthEncoded(text)))),
    eof(status),
  ];
}
