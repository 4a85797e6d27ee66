/**
 * The three commands of the replication protocol, as packet payloads (no packet header).
 * Layouts: MySQL's "Replication Protocol" page and `sql/rpl_source.cc` (`com_binlog_dump`,
 * `com_binlog_dump_gtid`, `register_replica`); MariaDB's `sql/sql_repl.cc` has the first two alike.
 */

/** Marks what belongs to semi-synchronous replication: in front of an event, and an acknowledgement (`kPacketMagicNum`). */
export const SEMI_SYNC_MAGIC = 0xef;

const COM_BINLOG_DUMP = 0x12;
const COM_REGISTER_SLAVE = 0x15;
const COM_BINLOG_DUMP_GTID = 0x1e;

/** MySQL 8.0.26+: heartbeats carry a 64-bit position (USE_HEARTBEAT_EVENT_V2, `sql/rpl_constants.h`). */
export const DUMP_HEARTBEAT_V2 = 1 << 1;
/** MySQL up to 8.0 looks for it in a dump by GTID set (BINLOG_THROUGH_GTID); later servers don't mind. */
export const DUMP_THROUGH_GTID = 1 << 2;

/** The largest offset that a dump by file and offset can ask for: the field has 32 bits. */
export const DUMP_OFFSET_MAX = 0xffff_ffff;

/**
 * Who we are, for `SHOW REPLICAS`. Host, user and password stay empty: they are display only.
 */
export function registerPayload(serverId: number): Buffer {
  const payload = Buffer.alloc(1 + 4 + 3 + 2 + 4 + 4);
  payload.writeUInt8(COM_REGISTER_SLAVE, 0);
  payload.writeUInt32LE(serverId, 1);
  // 5, 6, 7: lengths of host, user and password; 8: port; 10: rank, unused; 14: id of the source, filled in by the server.
  return payload;
}

/**
 * Everything before this place of the source's log is durable here. It is no command: the source reads it beside the dump, in a packet
 * with the number 0, and doesn't answer (`ReplSemiSyncSlave::slaveReply`, `plugin/semisync/semisync_replica.cc`; MariaDB:
 * `sql/semisync_slave.cc`). The offset has 64 bits.
 */
export function acknowledgementPayload(file: string, offset: number): Buffer {
  const name = Buffer.from(file, "utf8");
  const payload = Buffer.alloc(9 + name.length);
  payload.writeUInt8(SEMI_SYNC_MAGIC, 0);
  payload.writeBigUInt64LE(BigInt(offset), 1);
  name.copy(payload, 9);
  return payload;
}

/** A dump from a file and an offset (at most {@link DUMP_OFFSET_MAX}); MariaDB also by GTID, when `@slave_connect_state` is set. */
export function dumpFromFilePayload(file: string, offset: number, flags: number, serverId: number): Buffer {
  const name = Buffer.from(file, "utf8");
  const payload = Buffer.alloc(11 + name.length);
  payload.writeUInt8(COM_BINLOG_DUMP, 0);
  payload.writeUInt32LE(offset, 1);
  payload.writeUInt16LE(flags, 5);
  payload.writeUInt32LE(serverId, 7);
  name.copy(payload, 11);
  return payload;
}

/** A dump of everything that is not in a MySQL GTID set. `encoded` is the set as `gtid-set-mysql.ts` encodes it. */
export function dumpFromGtidsPayload(encoded: Buffer, flags: number, serverId: number): Buffer {
  const head = Buffer.alloc(1 + 2 + 4 + 4 + 8 + 4);
  head.writeUInt8(COM_BINLOG_DUMP_GTID, 0);
  head.writeUInt16LE(flags | DUMP_THROUGH_GTID, 1);
  head.writeUInt32LE(serverId, 3);
  head.writeUInt32LE(0, 7); // no file name: the server finds the first file that holds something we lack
  head.writeBigUInt64LE(4n, 11);
  head.writeUInt32LE(encoded.length, 19);
  return Buffer.concat([head, encoded]);
}
