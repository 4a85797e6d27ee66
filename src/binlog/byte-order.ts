/**
 * Numbers in bytes. A byte behind the buffer's end reads as 0, in all of them, without a check of its own:
 * whoever decodes in a loop looks once, afterwards, whether it went too far (see `cursor.ts`). Small
 * enough for V8 to put them where they are called, which is why `Buffer`'s own methods aren't used here.
 */

export function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

/** Little-endian, 0 … 65,535 */
export function uint16(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
}

/** Little-endian, 0 … 2^24-1 */
export function uint24(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
}

/** Little-endian, -2^31 … 2^31-1 */
export function int32(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
}

/** Little-endian, 0 … 2^32-1 */
export function uint32(bytes: Uint8Array, at: number): number {
  return int32(bytes, at) >>> 0;
}

let viewed: Buffer = Buffer.alloc(0);
let view: DataView = new DataView(viewed.buffer, 0, 0);

/**
 * The same bytes, for who looks at four at once; behind the end it throws a RangeError. Making one costs as much as many bytes, so
 * the last is kept: events stand in one buffer by the hundred.
 */
export function wordsOf(bytes: Buffer): DataView {
  if (bytes === viewed) return view;
  viewed = bytes;
  view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return view;
}

/** Big-endian, 0 … 2^24-1 */
export function uint24Big(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
}

/** Big-endian, 0 … 2^32-1 */
export function uint32Big(bytes: Uint8Array, at: number): number {
  return (((bytes[at] ?? 0) << 24) | uint24Big(bytes, at + 1)) >>> 0;
}

/** Big-endian of up to 6 bytes. */
export function uintBig(bytes: Uint8Array, at: number, size: number): number {
  let number = 0;
  for (let index = 0; index < size; index += 1) number = number * 256 + (bytes[at + index] ?? 0);
  return number;
}
