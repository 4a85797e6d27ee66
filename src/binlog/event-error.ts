import { fatal, type TidemarkError } from "../errors.ts";
import { eventTypeName, PARTIAL_ROWS } from "./event-type.ts";

/**
 * The named errors of whole events and their order; those of bytes that don't decode are in
 * `decode-error.ts`. The position is added by the assembler.
 */

/** A well-formed event that can't stand where it stands: a transaction inside another, an end without a beginning. */
export function unexpectedEvent(what: string): TidemarkError {
  return fatal("unexpected_event", `The log's events do not make whole transactions here: ${what}.`, {
    stage: "decode",
    hint: "Start from a transaction boundary; if this is one, report a defect with the output of `SHOW BINLOG EVENTS` around this position.",
  });
}

/** An event of a type that no known server writes, and that isn't marked as one to be skipped. */
export function unknownEvent(type: number): TidemarkError {
  return fatal("unknown_event", `The log holds an event of the unknown type ${type}.`, {
    stage: "decode",
    hint: "A newer server or a vendor's own wrote it; it may hold changes, so it is not skipped. A newer Tidemark may know it.",
    facts: { type },
  });
}

/** A known event that can't be applied by what the log says. */
export function refusedEvent(name: string, why: string): TidemarkError {
  return fatal("refused_event", `The log holds a ${name} event: ${why}.`, {
    stage: "decode",
    hint: "Only a log in row format of MySQL 5.5 or later or MariaDB 10.0 or later can be followed.",
    facts: { event: name },
  });
}

/** The same, by the event's type. */
export function refusedType(type: number): TidemarkError {
  const why =
    type === PARTIAL_ROWS
      ? "rows events in fragments (binlog_row_event_fragment_threshold) are not supported"
      : "it belongs to a format of the log that is no longer written";
  return refusedEvent(eventTypeName(type), why);
}

/** Changes logged as SQL text: applying them would guess at what they did. */
export function statementFormat(what: string, database: string): TidemarkError {
  return fatal("statement_format", `The log holds a change in statement format: ${what}.`, {
    stage: "decode",
    hint: "Set binlog_format=ROW on the upstream, for every session; filter the table, or take a new copy of it, to go on past this place.",
    facts: { statement: what, database },
  });
}

/** The error of an Incident event, whose body is a number (2), and the length (1) and text of a message. */
export function incidentOf(event: Buffer, start: number, end: number): TidemarkError {
  const length = start + 3 <= end ? Math.min(event.readUInt8(start + 2), end - start - 3) : 0;
  return incident(event.toString("utf8", start + 3, start + 3 + length));
}

/** The upstream says itself that its log lacks changes. */
function incident(message: string): TidemarkError {
  return fatal("incident", `The upstream reports that its log has lost events: ${message}.`, {
    stage: "decode",
    hint: "Changes are missing from the log: take a new copy of the data, or skip the incident knowing what was lost.",
    facts: { incident: message },
  });
}

/** A rows event whose table map was not sent: the stream began in the middle of a transaction. */
export function missingTableMap(tableId: number): TidemarkError {
  return fatal(
    "missing_table_map",
    `A rows event refers to table id ${tableId}, which no table map of its statement names.`,
    {
      stage: "decode",
      hint: "The start position is inside a transaction: start from a transaction boundary.",
      facts: { tableId },
    },
  );
}

/** Bytes behind a Start_encryption event that are no event: they are encrypted as they are in the file. */
export function encryptedLog(cause: unknown): TidemarkError {
  return fatal("encrypted_log", "The log is encrypted, and was not decrypted on its way.", {
    stage: "decode",
    hint: "Read from the server (it decrypts what it sends), not from its files.",
    cause,
  });
}

/** A limit that keeps memory bounded. */
export function tooLarge(what: string, bytes: number, bytesMax: number): TidemarkError {
  return fatal("transaction_too_large", `${what} is larger than the limit of ${bytesMax} bytes.`, {
    stage: "decode",
    hint: "It is one that can only be applied when all of it is there (an XA transaction, CREATE TABLE … SELECT): change rows in smaller transactions.",
    facts: { bytes, bytesMax },
  });
}

/** What the log says in a way that is damaged, or compressed in a way that is not known. */
export function badCompression(what: string, cause?: unknown): TidemarkError {
  return fatal("bad_compression", `Compressed bytes of the log do not inflate: ${what}.`, {
    stage: "decode",
    hint: "Compare with mysqlbinlog at the same position; if it reads the event, report a defect with the event's bytes.",
    cause,
  });
}
