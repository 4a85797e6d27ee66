import { eventsOfFile } from "../../src/binlog/binlog-file.ts";
import { encodeMysqlGtidSet } from "../../src/binlog/gtid-set-mysql.ts";
import { parseGtidSet } from "../../src/binlog/gtid-set.ts";
import { LOG_FILES } from "./event-targets.ts";

const PREVIOUS_GTIDS = 35;
const GTID_LIST = 163;
/** A header in front, a checksum behind. */
const bodyOf = (event: Buffer): Buffer => event.subarray(19, -4);

/** Sets in bytes: those at the head of recorded files, and larger ones, with and without tags. */
export function gtidSetSeeds(): Buffer[] {
  const recorded = LOG_FILES.flatMap((file) => [...eventsOfFile(file)]).filter((event) =>
    [PREVIOUS_GTIDS, GTID_LIST].includes(event.readUInt8(4)),
  );
  const uuid = (last: number): string => `3e11fa47-71ca-11e1-9e33-c80aa942956${last}`;
  const texts = [
    Array.from({ length: 9 }, (_, each) => `${uuid(each)}:1-5:7:9-1000000000${each}`).join(","),
    `${uuid(1)}:1-9:a_tag:3:5-8,${uuid(2)}:second:1`,
  ];
  const list = (entries: readonly (readonly [number, number, number])[]): Buffer => {
    const bytes = Buffer.alloc(4 + 16 * entries.length);
    bytes.writeUInt32LE(entries.length, 0);
    entries.forEach(([domain, server, sequence], index) => {
      bytes.writeUInt32LE(domain, 4 + 16 * index);
      bytes.writeUInt32LE(server, 8 + 16 * index);
      bytes.writeBigUInt64LE(BigInt(sequence), 12 + 16 * index);
    });
    return bytes;
  };
  return [
    ...recorded.map(bodyOf),
    ...texts.map((text) => encodeMysqlGtidSet(parseGtidSet("mysql", text))),
    list([[0, 1, 5], [1, 2, 9], [7, 3, 2 ** 40]]),
  ]; // prettier-ignore
}
