/**
 * Which unfinished batches must be committed before another may start (DM: causality). Remembered is, for
 * each key value, the last batch that touched it; that one waits for those before it, so one is enough.
 */
import type { RowsChange } from "../binlog/transaction.ts";
import type { Row } from "../binlog/value.ts";
import type { Batch } from "./batch.ts";
import { type ConflictKey, hashKey, NOTHING, WILD } from "./conflict-keys.ts";
import type { TargetTable } from "./target.ts";

/** A key of one table as a whole: who touched any value of it, and who touched one that may equal all others. */
interface KeySpace {
  wild: Batch | null;
  last: Batch | null;
  readonly sharers: Set<Batch>;
}

export class Conflicts {
  readonly #owners = new Map<number, Batch>();
  /** By the key's seed: a table may be bound anew, its keys stay the same. */
  readonly #spaces = new Map<number, KeySpace>();
  /** Tables and foreign key components that go one batch at a time. */
  readonly #exclusive = new Map<string, Batch>();

  /** Enters a change of the open batch: the batch waits for everyone it shares a key with. */
  track(batch: Batch, change: RowsChange<TargetTable>): void {
    const { handle: table, rows } = change;
    const keys = table.conflictKeys;
    if (keys === null) {
      const name = table.component ?? table.quoted;
      waitFor(batch, this.#exclusive.get(name));
      this.#exclusive.set(name, batch);
      return;
    }
    for (const key of keys) {
      const space = this.#space(key);
      if (space.last !== batch) {
        space.last = batch;
        space.sharers.add(batch);
      }
      waitFor(batch, space.wild);
      if (change.kind === "update") {
        for (let i = 0; i + 1 < rows.length; i += 2) this.#touchUpdate(batch, key, space, rows[i], rows[i + 1]);
      } else {
        for (const row of rows) this.#touch(batch, space, hashKey(key, row));
      }
    }
  }

  #touchUpdate(batch: Batch, key: ConflictKey, space: KeySpace, before: Row = [], after: Row = []): void {
    const old = hashKey(key, before);
    this.#touch(batch, space, old);
    const now = hashKey(key, after);
    if (now === old) return;
    // A MINIMAL after image leaves out the columns that didn't change: with none of the key's there, it is the old key.
    if (now === WILD && key.parts.every((part) => after[part.source] === undefined)) return;
    this.#touch(batch, space, now);
  }

  #touch(batch: Batch, space: KeySpace, hash: number): void {
    if (hash === NOTHING) return;
    if (hash === WILD) {
      for (const sharer of space.sharers) waitFor(batch, sharer);
      space.wild = batch;
      return;
    }
    const owner = this.#owners.get(hash);
    if (owner === batch) return;
    waitFor(batch, owner);
    this.#owners.set(hash, batch);
    batch.keys.push(hash);
  }

  #space(key: ConflictKey): KeySpace {
    let space = this.#spaces.get(key.seed);
    if (space === undefined) {
      space = { wild: null, last: null, sharers: new Set() };
      this.#spaces.set(key.seed, space);
    }
    return space;
  }

  /** Forgets a settled batch. */
  release(batch: Batch): void {
    for (const hash of batch.keys) if (this.#owners.get(hash) === batch) this.#owners.delete(hash);
    for (const space of this.#spaces.values()) {
      space.sharers.delete(batch);
      if (space.wild === batch) space.wild = null;
      if (space.last === batch) space.last = null;
    }
    for (const [name, owner] of this.#exclusive) if (owner === batch) this.#exclusive.delete(name);
  }

  /** Forgets the tables: after a DDL their keys may be others. Only when no batch is unfinished. */
  clear(): void {
    this.#owners.clear();
    this.#spaces.clear();
    this.#exclusive.clear();
  }
}

function waitFor(batch: Batch, other: Batch | null | undefined): void {
  if (other === null || other === undefined || other === batch || other.state === "settled") return;
  batch.waitsFor.add(other);
  other.awaitedBy.add(batch);
}
