/** The meta schema as it is in the simulated downstream: columns and keys of `migrations/`, all migrations done. */
import type { TableStructure } from "../../../src/schema/structure.ts";
import { migrations } from "../../../migrations/index.ts";
import { key, structure } from "../../support/tables.ts";

export const META_SCHEMA = "tidemark";
export const TASK_TABLE = "tidemark.task";
export const LEASE_TABLE = "tidemark.lease";
export const CHECKPOINT_TABLE = "tidemark.checkpoint";
export const APPLIED_BATCH_TABLE = "tidemark.applied_batch";
export const STRUCTURE_TABLE = "tidemark.table_structure";
export const INTENT_TABLE = "tidemark.ddl_intent";

export const MIGRATIONS: readonly string[] = Object.keys(migrations);

const COLUMNS: Readonly<Record<string, { readonly columns: readonly string[]; readonly key: readonly string[] }>> = {
  task: { columns: ["name", "epoch", "holder", "claimed_at"], key: ["name"] },
  lease: { columns: ["task", "epoch", "renewed_at", "connections"], key: ["task"] },
  checkpoint: {
    columns: [
      "task",
      "format",
      "flavour",
      "upstream_uuid",
      "upstream_server_id",
      "file",
      "file_offset",
      "gtids",
      "saved_at",
    ],
    key: ["task"],
  },
  applied_batch: {
    columns: [
      "task",
      "epoch",
      "sequence",
      "start_file",
      "start_offset",
      "end_file",
      "end_offset",
      "gtids",
      "rows_through",
    ],
    key: ["task", "epoch", "sequence"],
  },
  ddl_intent: {
    columns: ["task", "end_file", "end_offset", "gtid", "statement", "before_fingerprint", "refused"],
    key: ["task"],
  },
  table_structure: {
    columns: ["task", "database_name", "table_name", "structure"],
    key: ["task", "database_name", "table_name"],
  },
};

export const META_TABLES: readonly TableStructure[] = Object.entries(COLUMNS).map(
  ([table, { columns, key: names }]) => ({
    ...structure(table, columns, [key("PRIMARY", ...names)]),
    database: META_SCHEMA,
  }),
);
