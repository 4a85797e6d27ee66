/** Mutations of bytes, repeatable from a seed. */

/** Numbers in [0, 1) from a seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Bytes at which decoders decide: ends of lengths, signs, markers of length-encoded integers. */
const TELLING = [0, 1, 2, 0x0f, 0x10, 0x7f, 0x80, 0xf5, 0xf6, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff];

/** One to four mutations of a copy of `bytes`; `other` is spliced in now and then. */
export function mutated(bytes: Buffer, other: Buffer, random: () => number): Buffer {
  let result: Buffer = Buffer.from(bytes);
  const below = (limit: number): number => Math.floor(random() * limit);
  for (let count = 1 + below(4); count > 0; count -= 1) result = mutatedOnce(result, other, below);
  return result;
}

function mutatedOnce(bytes: Buffer, other: Buffer, below: (limit: number) => number): Buffer {
  if (bytes.length === 0) return Buffer.from(other);
  const at = below(bytes.length);
  switch (below(9)) {
    case 0:
      bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8));
      return bytes;
    case 1:
    case 2:
      bytes[at] = TELLING[below(TELLING.length)] ?? 0;
      return bytes;
    case 3:
      bytes[at] = below(256);
      return bytes;
    case 4:
      return bytes.subarray(0, at);
    case 5:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.min(bytes.length, at + 1 + below(8)))]);
    case 6:
      return Buffer.concat([
        bytes.subarray(0, at),
        Buffer.alloc(1 + below(8), TELLING[below(TELLING.length)]),
        bytes.subarray(at),
      ]);
    case 7:
      return Buffer.concat([bytes.subarray(0, at), other.subarray(below(other.length + 1))]);
    default:
      if (at + 4 <= bytes.length) bytes.writeUInt32LE([0, 0x7fff_ffff, 0xffff_ffff, 0xffff][below(4)] ?? 0, at);
      return bytes;
  }
}
