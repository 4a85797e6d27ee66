/**
 * Several statements in one COM_QUERY, with the result of each told apart.
 *
 * mysql2's own query command gives no way to learn *which* statement of a packet failed, and that is
 * what tells a failed BEGIN from a failed INSERT. So this is a command of our own: it writes one packet
 * and reads OK packets until the server says that no more come (SERVER_MORE_RESULTS_EXISTS).
 *
 * Layouts: MySQL manual, "Client/Server Protocol", COM_QUERY, OK_Packet, ERR_Packet.
 */
import type { Connection } from "./connection.ts";

/** What one statement said. `affectedRows` counts *matched* rows (CLIENT_FOUND_ROWS is set on our connections). */
export interface StatementResult {
  readonly affectedRows: number;
}

/** How far a packet of statements came: `results` of those that succeeded, and the error of the next one, if any. */
export interface StatementsOutcome {
  readonly results: readonly StatementResult[];
  /** What the server or the network said; to be classified by the caller. */
  readonly error: Error | null;
}

const COM_QUERY = 0x03;
const OK = 0x00;
const ERR = 0xff;
const SERVER_MORE_RESULTS_EXISTS = 0x0008;
const CLIENT_QUERY_ATTRIBUTES = 0x08000000;

/** The part of mysql2's packet that we use. */
interface RawPacket {
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
  asError(encoding: string): Error;
}

/** The part of mysql2's connection that a command uses (not in its types). */
interface CommandHost {
  readonly clientEncoding: string;
  readonly serverCapabilityFlags?: number;
  readonly config: { readonly clientFlags: number };
  _resetSequenceId(): void;
  writePacket(packet: WritablePacket): void;
}

/** What mysql2 writes: a buffer whose first four bytes it fills in as the packet header. */
class WritablePacket {
  readonly buffer: Buffer;
  constructor(buffer: Buffer) {
    this.buffer = buffer;
  }
  /** Bytes of the buffer, its header included, as mysql2's own packets count. */
  length(): number {
    return this.buffer.length;
  }
  writeHeader(sequenceId: number): void {
    this.buffer.writeUIntLE(this.buffer.length - 4, 0, 3);
    this.buffer[3] = sequenceId & 0xff;
  }
}

/**
 * Commands under way per connection: mysql2 forgets them when the socket is closed from our side, so the end of
 * the connection settles them. One reaction per connection, not one per command: `ended` may live for weeks.
 */
const underWay = new WeakMap<Connection, Set<StatementsCommand>>();

/** Runs `sql` (statements without result sets, separated by semicolons) and resolves when all have answered. Never rejects. */
export async function runStatements(connection: Connection, sql: string): Promise<StatementsOutcome> {
  if (connection.closed) return { results: [], error: connectionClosed() };
  const outcome = Promise.withResolvers<StatementsOutcome>();
  const command = new StatementsCommand(sql, outcome.resolve);
  const commands = commandsOf(connection);
  commands.add(command);
  // mysql2's types leave out addCommand, the door for commands of one's own.
  const host: unknown = connection.raw;
  if (!takesCommands(host)) throw new TypeError("this mysql2 connection takes no commands");
  host.addCommand(command);
  const result = await outcome.promise;
  commands.delete(command);
  return result;
}

function commandsOf(connection: Connection): Set<StatementsCommand> {
  const known = underWay.get(connection);
  if (known !== undefined) return known;
  const commands = new Set<StatementsCommand>();
  underWay.set(connection, commands);
  void settleAtEnd(connection, commands);
  return commands;
}

async function settleAtEnd(connection: Connection, commands: ReadonlySet<StatementsCommand>): Promise<void> {
  await connection.ended;
  for (const command of commands) command.onResult(connectionClosed());
}

function connectionClosed(): Error {
  return Object.assign(new Error("the connection was closed"), { code: "CONNECTION_CLOSED" });
}

function takesCommands(host: unknown): host is { addCommand(command: StatementsCommand): void } {
  return typeof host === "object" && host !== null && "addCommand" in host;
}

class StatementsCommand {
  readonly #sql: string;
  readonly #resolve: (outcome: StatementsOutcome) => void;
  readonly #results: StatementResult[] = [];
  #started = false;

  constructor(sql: string, resolve: (outcome: StatementsOutcome) => void) {
    this.#sql = sql;
    this.#resolve = resolve;
  }

  /** mysql2 calls it without a packet to start, then once per packet; true ends the command. */
  execute(packet: RawPacket | undefined, connection: CommandHost): boolean {
    if (!this.#started) {
      this.#started = true;
      // oxlint-disable-next-line no-underscore-dangle -- mysql2's name for it
      connection._resetSequenceId();
      connection.writePacket(queryPacket(this.#sql, connection));
      return false;
    }
    if (packet === undefined) return false;
    const marker = packet.buffer[packet.start + 4];
    if (marker === ERR) return this.#end(packet.asError(connection.clientEncoding));
    if (marker !== OK) return this.#end(new Error("a statement of a batch answered with a result set"));
    const ok = readOk(packet.buffer, packet.start + 5);
    this.#results.push({ affectedRows: ok.affectedRows });
    return (ok.status & SERVER_MORE_RESULTS_EXISTS) === 0 ? this.#end(null) : false;
  }

  /** mysql2 calls it when the connection is lost while the command waits, or before it started. */
  onResult(error: Error): void {
    this.#end(error);
  }

  #end(error: Error | null): true {
    this.#resolve({ results: this.#results, error });
    return true;
  }
}

/** COM_QUERY; with CLIENT_QUERY_ATTRIBUTES negotiated, two more bytes say "no attributes, one set". */
function queryPacket(sql: string, connection: CommandHost): WritablePacket {
  const attributes =
    (connection.config.clientFlags & (connection.serverCapabilityFlags ?? 0) & CLIENT_QUERY_ATTRIBUTES) !== 0;
  const head = attributes ? 7 : 5;
  const buffer = Buffer.allocUnsafe(head + Buffer.byteLength(sql, "utf8"));
  buffer[4] = COM_QUERY;
  if (attributes) {
    buffer[5] = 0;
    buffer[6] = 1;
  }
  buffer.write(sql, head, "utf8");
  return new WritablePacket(buffer);
}

/** OK_Packet behind its marker: affected rows and last insert id (length-encoded), then the status flags. */
function readOk(buffer: Buffer, start: number): { affectedRows: number; status: number } {
  const affected = lengthEncoded(buffer, start);
  const insertId = lengthEncoded(buffer, affected.end);
  return { affectedRows: affected.value, status: buffer.readUInt16LE(insertId.end) };
}

function lengthEncoded(buffer: Buffer, at: number): { value: number; end: number } {
  const first = buffer.readUInt8(at);
  if (first < 0xfb) return { value: first, end: at + 1 };
  if (first === 0xfc) return { value: buffer.readUInt16LE(at + 1), end: at + 3 };
  if (first === 0xfd) return { value: buffer.readUIntLE(at + 1, 3), end: at + 4 };
  return { value: Number(buffer.readBigUInt64LE(at + 1)), end: at + 9 };
}
