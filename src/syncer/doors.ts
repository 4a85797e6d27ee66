import { openStore } from "../checkpoint/open-store.ts";
import type { Faults } from "../faults.ts";
import { connect } from "../mysql/connection.ts";
import { readStructures } from "../schema/read-structures.ts";
import { openReader } from "../upstream/reader.ts";
import { prepare } from "./prepare.ts";

/** Where a session meets the world. A simulation puts others in their place; everything else stays the real thing. */
export interface Doors {
  readonly connect: typeof connect;
  readonly openStore: typeof openStore;
  readonly prepare: typeof prepare;
  readonly openReader: typeof openReader;
  readonly readStructures: typeof readStructures;
  /** Where a test makes the session fail on purpose; null outside of tests. */
  readonly faults: Faults | null;
}

export const realDoors: Doors = { connect, openStore, prepare, openReader, readStructures, faults: null };
