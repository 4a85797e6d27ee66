/** Checksums of many events are verified in one go: what must not change by that. */
import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { ChecksumRun } from "../../../src/binlog/checksum-run.ts";
import { TidemarkError } from "../../../src/errors.ts";
import { seededRandom } from "../../support/manual-clock.ts";

const HEADER_LENGTH = 19;

/** An event of `length` bytes; only its length, its type and its checksum mean something. */
function eventOf(length: number, type = 30): Buffer {
  const event = Buffer.from(Array.from({ length }, (_, at) => (at * 7919 + length) & 0xff));
  event[4] = type;
  event.writeUInt32LE(length, 9);
  event.writeUInt32LE(crc32(event.subarray(0, length - 4)), length - 4);
  return event;
}

interface Place {
  readonly start: number;
  readonly end: number;
}

/** The events in one buffer, with `gap` bytes (of any content) in front of each. */
function inOneBuffer(lengths: readonly number[], gap: number): { bytes: Buffer; places: Place[] } {
  const between = (index: number): Buffer => Buffer.alloc(gap, 0xa5 + index);
  const bytes = Buffer.concat(lengths.flatMap((length, index) => [between(index), eventOf(length)]));
  let start = 0;
  const places = lengths.map((length) => {
    start += gap;
    const place = { start, end: start + length };
    start += length;
    return place;
  });
  return { bytes, places };
}

/** Which event is the first that is refused as damaged; none: -1. */
function firstRefused(run: ChecksumRun, bytes: Buffer, places: readonly Place[]): number {
  return places.findIndex(({ start, end }) => {
    try {
      run.verify(bytes, start, end);
      return false;
    } catch (thrown) {
      if (thrown instanceof TidemarkError && thrown.name === "checksum_mismatch") return true;
      throw thrown;
    }
  });
}

const TRANSACTION = [83, 76, 101, 133, 31];
/** With events that are too long for a run, shorter than a header, and of every length modulo eight. */
const MIXED = [...TRANSACTION, 2000, 60, 61, 62, 63, 23, 64, 65, 66, 67, 1024, 1025, ...TRANSACTION];

describe("checksums of events that stand behind one another", () => {
  it.each([0, 5, 7, 30])("R14: are right when each one is, with %i bytes between them", (gap) => {
    for (const lengths of [TRANSACTION, MIXED, Array.from({ length: 2000 }, (_, index) => 23 + (index % 300))]) {
      const { bytes, places } = inOneBuffer(lengths, gap);
      expect(firstRefused(new ChecksumRun(), bytes, places)).toBe(-1);
    }
  });

  it.each([0, 5, 30])("R14: one damaged bit is found in the event that it is in, with %i bytes between them", (gap) => {
    const { bytes, places } = inOneBuffer(MIXED, gap);
    places.forEach(({ start, end }, index) => {
      for (let at = start; at < end; at += 1 + (at % 5)) {
        const bit = 1 << (at & 7);
        bytes[at] = (bytes[at] ?? 0) ^ bit;
        expect(firstRefused(new ChecksumRun(), bytes, places)).toBe(index);
        bytes[at] = (bytes[at] ?? 0) ^ bit;
      }
    });
  });

  it("R14: checksums that are exchanged are found, and bursts of damage over several events", () => {
    const random = seededRandom(11);
    const below = (limit: number): number => Math.floor(random() * limit);
    const bytes = Buffer.concat([30, 31, 32, 23, 24, 25].map((type) => eventOf(100, type)));
    const places = Array.from({ length: 6 }, (_, index) => ({ start: 100 * index, end: 100 * index + 100 }));
    const exchanged = Buffer.from(bytes);
    bytes.copy(exchanged, 196, 296, 300);
    bytes.copy(exchanged, 296, 196, 200);
    expect(firstRefused(new ChecksumRun(), exchanged, places)).toBe(1);
    for (let round = 0; round < 500; round += 1) {
      const damaged = Buffer.from(bytes);
      const from = below(500);
      for (let at = from; at < from + 100; at += 1) damaged[at] = below(256);
      expect(firstRefused(new ChecksumRun(), damaged, places)).toBe(Math.floor(from / 100));
    }
  });

  it("what stands between the events does not count, and may change", () => {
    const { bytes, places } = inOneBuffer(MIXED, 5);
    for (const { start } of places) bytes.fill(start, start - 5, start);
    expect(firstRefused(new ChecksumRun(), bytes, places)).toBe(-1);
    const run = new ChecksumRun();
    for (const gap of [0, 5, 7, 0]) {
      const other = inOneBuffer(MIXED, gap);
      expect(firstRefused(run, other.bytes, other.places)).toBe(-1);
    }
  });

  it("events of rules of their own are not summed with others", () => {
    // A format description whose flag IN_USE was set after its sum was taken, and is verified elsewhere.
    const events = [eventOf(100), eventOf(100), eventOf(100), eventOf(100, 15), eventOf(100)];
    const bytes = Buffer.concat(events);
    bytes.writeUInt8(1, 300 + 17);
    const places = events.map((_, index) => ({ start: 100 * index, end: 100 * index + 100 }));
    const run = new ChecksumRun();
    expect(firstRefused(run, bytes, places.slice(0, 3))).toBe(-1);
    expect(firstRefused(run, bytes, places.slice(4))).toBe(-1);
  });

  it("T6: lengths that lead nowhere are not followed", () => {
    for (const length of [0, 1, HEADER_LENGTH, 0x7fff_ffff, 0xffff_ffff]) {
      const { bytes, places } = inOneBuffer(TRANSACTION, 0);
      const third = places[2];
      if (third === undefined) throw new Error("there are five events");
      bytes.writeUInt32LE(length, third.start + 9);
      expect(firstRefused(new ChecksumRun(), bytes, places)).toBe(2);
    }
  });
});
