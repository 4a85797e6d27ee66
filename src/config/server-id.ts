import { createHash } from "node:crypto";

/**
 * The server id of a task that names none: 2^31 plus the first 31 bits of the SHA-256 of its name, so it lies in
 * 2^31 … 2^32-1, is never 0, stays the same for ever, and keeps out of the small numbers that people give to
 * their servers. Two tasks of one upstream must not have one name, or they throw each other out.
 */
export function serverIdOf(taskName: string): number {
  const digest = createHash("sha256").update(`tidemark/${taskName}`, "utf8").digest();
  return 2 ** 31 + (digest.readUInt32BE(0) >>> 1);
}
