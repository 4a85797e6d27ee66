/** Texts as MySQL 9.7, MySQL 8.0 ("master", "slave") and MariaDB 10.11 send them. */
export const TEXTS: readonly (readonly [text: string, name: string, kind: string])[] = [
  ["Could not find first log file name in binary log index file", "binlog_purged", "fatal"],
  [
    "Could not find first log file name in binary log index file while looking for the oldest binary log that contains any GTID that is not in the given gtid set",
    "binlog_purged",
    "fatal",
  ],
  ["Could not open log file", "binlog_purged", "fatal"],
  [
    "Cannot replicate because the source purged required binary logs. Replicate the missing transactions from elsewhere, or provision a new replica from backup.",
    "binlog_purged",
    "fatal",
  ],
  [
    "The slave is connecting using CHANGE MASTER TO MASTER_AUTO_POSITION = 1, but the master has purged binary logs containing GTIDs that the slave requires",
    "binlog_purged",
    "fatal",
  ],
  [
    "Could not find GTID state requested by slave in any binlog files. Probably the slave state is too old and required binlog files have been purged.",
    "binlog_purged",
    "fatal",
  ],
  [
    "Replica has more GTIDs than the source has, using the source's SERVER_UUID. This may indicate that the the last binary log file was truncated or lost, e.g., after a power failure when sync_binlog != 1.",
    "diverged",
    "fatal",
  ],
  [
    "Error: connecting slave requested to start from GTID 0-99-5, which is not in the master's binlog. Since the master's binlog contains GTIDs with higher sequence numbers, it probably means that the slave has diverged due to executing extra erroneous transactions",
    "diverged",
    "fatal",
  ],
  [
    "The binlog on the master is missing the GTID 0-1-7 requested by the slave (even though a subsequent sequence number does exist), and GTID strict mode is enabled",
    "diverged",
    "fatal",
  ],
  ["Client requested source to start replication from position > file size", "position_lost", "fatal"],
  [
    "Client requested master to start replication from impossible position; the first event 'binlog.000002' at 1591",
    "position_lost",
    "fatal",
  ],
  ["Client requested source to start replication from position < 4", "bad_position", "fatal"],
  ["bogus data in log event; the first event 'binlog.000002' at 4", "source_corrupt", "resumable"],
  ["I/O error reading log event; the first event '' at 4", "source_corrupt", "resumable"],
  [
    "log event entry exceeded max_allowed_packet; Increase max_allowed_packet on source; the first event '' at 4",
    "source_packet_too_large",
    "fatal",
  ],
  [
    "binlog truncated in the middle of event; consider out of disk space on source; the first event '' at 4",
    "binlog_truncated",
    "resumable",
  ],
  ["memory allocation failed reading log event", "source_out_of_memory", "resumable"],
  [
    "A replica with the same server_uuid/server_id as this replica has connected to the source; the first event 'binlog.000003' at 4",
    "server_id_conflict",
    "fatal",
  ],
  [
    "A slave with the same server_uuid/server_id as this slave has connected to the master",
    "server_id_conflict",
    "fatal",
  ],
  [
    "Replica can not handle replication events with the checksum that source is configured to log; the first event '' at 4",
    "checksum_not_negotiated",
    "fatal",
  ],
  ["Binary log is not open", "binlog_off", "fatal"],
  [
    "The replication sender thread cannot start in AUTO_POSITION mode: this server has GTID_MODE = OFF instead of ON.",
    "gtid_mode_mismatch",
    "fatal",
  ],
  [
    "Cannot replicate anonymous transaction when AUTO_POSITION = 1, at file ./binlog.000001, position 158.",
    "gtid_mode_mismatch",
    "fatal",
  ],
  ["Misconfigured source - source server_id is 0", "server_id_missing", "fatal"],
];
