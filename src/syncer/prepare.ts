/** Everything that must be known before the first event is read. Nothing is changed downstream but our own tables. */
import type { Position } from "../binlog/position.ts";
import type { UpstreamIdentity } from "../checkpoint/rows.ts";
import type { Store, StoredState } from "../checkpoint/store.ts";
import { readServerInfo, type Connection } from "../mysql/connection.ts";
import { versionNumber, type ServerInfo } from "../mysql/flavour.ts";
import { demandWritePrivileges } from "../mysql/preflight.ts";
import { compileFilter, type TableFilter } from "../routing/filter.ts";
import { compileRoutes } from "../routing/route.ts";
import { SchemaTracker } from "../schema/tracker.ts";
import { readEnd } from "../upstream/start.ts";
import { openUpstream } from "./begin.ts";
import { goalOf, type Goal } from "./goal.ts";
import type { SyncerOptions } from "./options.ts";
import { Tables } from "./tables.ts";

/** What the downstream's server is and allows. */
export interface DownstreamFacts {
  readonly server: ServerInfo;
  readonly maxAllowedPacket: number;
  /** Whether the workers' sessions check foreign keys (K3). */
  readonly foreignKeyChecks: boolean;
}

export interface Prepared {
  /** The server that this session reads, and whose places `start` and all behind it are. */
  readonly upstream: ServerInfo;
  readonly identity: UpstreamIdentity;
  readonly start: Position;
  readonly gtidsComplete: boolean;
  readonly stored: StoredState;
  readonly filter: TableFilter;
  readonly tracker: SchemaTracker;
  readonly tables: Tables;
  readonly downstream: DownstreamFacts;
  /** null without a goal; `reached`: there is nothing to do. */
  readonly goal: Goal | "reached" | null;
  readonly end: Position;
}

/** Throws named errors; what it opened is closed again. */
export async function prepare(options: SyncerOptions, store: Store, downstream: Connection): Promise<Prepared> {
  const stored = await store.load();
  const routed = compileRoutes(options.routes);
  const begun = await openUpstream(options, stored);
  const { control, upstream } = begun;
  try {
    const facts = await downstreamFacts(options, downstream, control, upstream);
    const filter = await tableFilter(options, control, downstream);
    const end = await readEnd(control, upstream);
    const identity = { flavour: upstream.flavour, uuid: upstream.uuid, serverId: upstream.serverId };
    const fresh = stored.checkpoint === null;
    const structures = fresh ? await options.doors.readStructures(control, filter) : stored.structures;
    await demandWritePrivileges(downstream, facts.server, {
      metaSchema: options.downstream.metaSchema,
      tables: structures
        .filter(({ database, table }) => filter(database, table))
        .map((t) => routed(t.database, t.table)),
      batchBytes: options.batchBytes,
    });
    if (begun.switched) await store.forgetPlaces();
    if (fresh) await store.begin(begun.position, identity, structures);
    const lower = await lowerCaseTableNames(control);
    const tracker = SchemaTracker.from(structures, { lowerCaseTableNames: lower });
    const tables = new Tables({
      tracker,
      wanted: filter,
      routed,
      readStructures: options.doors.readStructures,
      downstream: facts.server.flavour,
      foreignKeyChecks: facts.foreignKeyChecks,
    });
    await tables.readAll(downstream);
    return {
      upstream,
      identity,
      start: begun.position,
      gtidsComplete: begun.gtidsComplete,
      stored: fresh ? { ...stored, structures } : stored,
      filter,
      tracker,
      tables,
      downstream: facts,
      goal: goalOf(options.until, begun, end),
      end,
    };
  } finally {
    await control.close();
  }
}

async function tableFilter(options: SyncerOptions, control: Connection, downstream: Connection): Promise<TableFilter> {
  const folded = (await lowerCaseTableNames(control)) !== 0 || (await lowerCaseTableNames(downstream)) !== 0;
  return compileFilter({ ...options.tables, caseSensitive: !folded, metaSchema: options.downstream.metaSchema });
}

async function lowerCaseTableNames(connection: Connection): Promise<0 | 1 | 2> {
  const value = Number(await variable(connection, "lower_case_table_names"));
  return value === 1 || value === 2 ? value : 0;
}

/** A global variable as text; null where the server has none of that name. */
async function variable(connection: Connection, name: string): Promise<string | null> {
  const [row] = await connection.query<{ Value: string }>(`SHOW GLOBAL VARIABLES LIKE '${name}'`);
  return row?.Value ?? null;
}

async function downstreamFacts(
  options: SyncerOptions,
  downstream: Connection,
  control: Connection,
  upstream: ServerInfo,
): Promise<DownstreamFacts> {
  return {
    server: await readServerInfo(downstream),
    maxAllowedPacket: Number((await variable(downstream, "max_allowed_packet")) ?? 4_194_304),
    foreignKeyChecks:
      options.foreignKeyChecks === "auto"
        ? !(await logsCascades(control, upstream))
        : options.foreignKeyChecks === "on",
  };
}

/** The first MySQL that carries out foreign keys above the storage engine, and so writes cascaded rows to its log. */
const CASCADES_LOGGED_SINCE = 90_600;

/**
 * Whether the upstream's log holds the rows that its foreign keys changed by themselves (K3). If it does, each
 * comes to us like any other and the downstream must not cascade again: checks are off there. If not, the
 * downstream's own foreign keys must do it: checks are on.
 */
async function logsCascades(control: Connection, upstream: ServerInfo): Promise<boolean> {
  if (upstream.flavour !== "mysql" || versionNumber(upstream.version) < CASCADES_LOGGED_SINCE) return false;
  return (await variable(control, "innodb_native_foreign_keys")) !== "ON";
}
