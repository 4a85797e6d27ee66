import { parseGtidSet } from "../binlog/gtid-set.ts";

/**
 * Of the GTIDs that a MySQL has not executed, those that it is not about to commit either. `owned` is `@@GLOBAL.gtid_owned` as it was
 * *before* `gtid_executed` was read (a GTID goes from one to the other): `uuid:23#15`, the number behind # being a session's.
 *
 * With semi-synchronous replication (after_sync) a transaction is logged and sent, and waits for its acknowledgement, before it is
 * executed by this count; a replica that has it and connects anew is not ahead of the source. The server's own check counts both
 * (`Binlog_sender::check_start_file`, `gtid_executed_and_owned`). Both are text as the server prints it; "" is none.
 */
export function withoutOwned(lacking: string, owned: string): string {
  if (lacking === "" || owned === "") return lacking;
  const committing = owned.replaceAll(/#\d+|\s/g, "");
  return parseGtidSet("mysql", lacking).subtract(parseGtidSet("mysql", committing)).toString();
}
