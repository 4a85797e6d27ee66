import type { Migration } from "kysely/migration";
import * as task from "./0001-task.ts";
import * as ddlRefused from "./0002-ddl-refused.ts";
import * as pieces from "./0003-pieces.ts";

/** Every migration of the meta schema, by the name under which it is recorded; they run in the order of their names. */
export const migrations: Readonly<Record<string, Migration>> = {
  "0001-task": task,
  "0002-ddl-refused": ddlRefused,
  "0003-pieces": pieces,
};
