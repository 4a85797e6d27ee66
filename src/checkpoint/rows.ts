/** Rows of the meta schema as values, and back. */
import type { Selectable } from "kysely";
import type { AppliedBatch } from "../applier/fence.ts";
import type { Position } from "../binlog/position.ts";
import { timeOfIso } from "../clock.ts";
import { TidemarkError } from "../errors.ts";
import type { Flavour } from "../mysql/flavour.ts";
import type { TableStructure } from "../schema/structure.ts";
import type { MetaSchema } from "./meta-schema.ts";

/** Layout of the checkpoint row; a newer one is refused (M2). */
export const CHECKPOINT_FORMAT = 1;

/** Which upstream a checkpoint belongs to: by UUID, MariaDB's by server id. */
export interface UpstreamIdentity {
  readonly flavour: Flavour;
  readonly uuid: string | null;
  readonly serverId: number;
}

/** A checkpoint as it was found. */
export interface StoredCheckpoint {
  readonly position: Position;
  readonly upstream: UpstreamIdentity;
  /** Wall clock, as the downstream stored it (UTC). */
  readonly savedAtMs: number;
}

/** The DDL that was being executed when the last session ended. */
export interface Intent {
  readonly file: string;
  readonly offset: number;
  readonly gtid: string;
  readonly statement: string;
  /** SHA-256 of the structures before it, in hex. */
  readonly beforeFingerprint: string;
  /** The downstream has refused it. */
  readonly refused: boolean;
}

/** Throws `checkpoint_unreadable` for a layout that this version doesn't know. */
export function storedCheckpoint(row: Selectable<MetaSchema["checkpoint"]>): StoredCheckpoint {
  const flavour = row.flavour;
  if (row.format > CHECKPOINT_FORMAT || (flavour !== "mysql" && flavour !== "mariadb")) {
    throw unreadable(`format ${row.format}, flavour ${flavour}`);
  }
  return {
    position: { file: row.file, offset: Number(row.file_offset), gtids: row.gtids },
    upstream: { flavour, uuid: row.upstream_uuid, serverId: Number(row.upstream_server_id) },
    savedAtMs: timeOfIso(`${row.saved_at.replace(" ", "T")}Z`),
  };
}

export function storedBatch(row: Selectable<MetaSchema["applied_batch"]>): AppliedBatch {
  return {
    epoch: Number(row.epoch),
    sequence: Number(row.sequence),
    start: { file: row.start_file, offset: Number(row.start_offset) },
    end: { file: row.end_file, offset: Number(row.end_offset) },
    gtids: row.gtids,
    through: row.rows_through === null ? null : Number(row.rows_through),
  };
}

export function storedIntent(row: Selectable<MetaSchema["ddl_intent"]>): Intent {
  return {
    file: row.end_file,
    offset: Number(row.end_offset),
    gtid: row.gtid,
    statement: row.statement,
    beforeFingerprint: row.before_fingerprint,
    refused: Number(row.refused) !== 0,
  };
}

export function storedStructure(text: string): TableStructure {
  const value: unknown = JSON.parse(text);
  if (isStructure(value)) return value;
  throw unreadable("a table structure");
}

function isStructure(value: unknown): value is TableStructure {
  if (typeof value !== "object" || value === null) return false;
  return ["database", "table", "columns", "uniqueKeys", "foreignKeys"].every((key) => key in value);
}

function unreadable(what: string): TidemarkError {
  return new TidemarkError("checkpoint_unreadable", `The task's rows in the meta schema can't be read: ${what}.`, {
    stage: "checkpoint",
    hint: "They were written by another version of Tidemark, or changed by hand. Nothing was touched.",
  });
}
