import type { Status } from "../status/status.ts";
import { bytesText, countText, placeText, secondsText } from "../status/amounts.ts";

/** A status for people: a line each, what isn't known as a dash. Ends with a line end. */
export function statusText(status: Status): string {
  const { upstream, lag, rows, transactions, statements, checkpoint, error } = status;
  const phase = status.phase === "none" ? "" : `, ${status.phase}`;
  const busy = status.workers.filter(({ state }) => state !== "idle");
  const lines: (readonly [label: string, text: string])[] = [
    ["state", `${status.state}${phase}, since ${status.since}`],
    [
      "upstream",
      upstream.server === null
        ? `${upstream.host}, not reached yet`
        : `${upstream.server}${upstream.uuid === null ? "" : ` (${upstream.uuid})`} at ${upstream.host}`,
    ],
    ["connection", `${connectionText(upstream)}, ${countText(upstream.reconnects)} reconnects`],
    ...(upstream.recentReconnects.length === 0 ? [] : [["", lastReconnect(upstream)] as const]),
    ["end", placeText(upstream.end)],
    ["received", placeText(status.received)],
    ["applied", placeText(status.applied)],
    [
      "checkpoint",
      checkpoint === null ? "none" : `${placeText(checkpoint)}, saved ${secondsText(checkpoint.ageSeconds)} ago`,
    ],
    [
      "lag",
      `contact ${secondsText(lag.contactSeconds)}, receive ${secondsText(lag.receiveSeconds)}, apply ${secondsText(lag.applySeconds)}`,
    ],
    [
      "behind",
      lag.caughtUp
        ? "nothing: caught up"
        : `${bytesText(lag.behindBytes)}, ${countText(lag.behindTransactions)} transactions`,
    ],
    ["head-room", headRoomText(upstream.headRoom)],
    ...(upstream.semiSync === null ? [] : [["semi-sync", semiSyncText(upstream.semiSync)] as const]),
    [
      "rows",
      `${countText(rows.inserted)} inserted, ${countText(rows.updated)} updated, ${countText(rows.deleted)} deleted; ${countText(rows.perSecond)}/s`,
    ],
    ["transactions", `${countText(transactions.applied)} applied; ${countText(transactions.perSecond)}/s`],
    ["statements", `${countText(statements.executed)} executed, ${countText(statements.ignored)} ignored`],
    [
      "workers",
      `${busy.length} of ${status.workers.length} busy with ${countText(busy.reduce((sum, { batchRows }) => sum + batchRows, 0))} rows`,
    ],
  ];
  if (status.missingRows.length > 0) lines.push(["missing", missingText(status.missingRows)]);
  if (status.streaming !== null) lines.push(["streaming", largeText(status.streaming)]);
  if (status.splitting !== null)
    lines.push(["splitting", `${largeText(status.splitting)}: readers downstream may see a part of it`]);
  if (status.throttle?.reason === "downstream") {
    lines.push(["throttled", `since ${status.throttle.since}: the downstream has enough in hand`]);
  }
  if (error !== null) {
    lines.push(["error", `${error.name}: ${error.message}`], ["hint", error.hint]);
    if (error.position !== null) lines.push(["position", error.position]);
    const next = error.retryAt === null ? "a person must act" : `next attempt at ${error.retryAt}`;
    lines.push(["", `since ${error.since}, attempt ${error.attempt}, ${next}`]);
  }
  if (status.reloadError !== null) lines.push(["reload", `refused: ${status.reloadError}`]);
  return `task ${status.task}\n${lines.map(([label, text]) => `  ${label.padEnd(13)}${text}\n`).join("")}`;
}

function connectionText({ connectedSince, disconnectedSince }: Status["upstream"]): string {
  if (connectedSince !== null) return `since ${connectedSince}`;
  return disconnectedSince === null ? "none" : `none since ${disconnectedSince}`;
}

function lastReconnect({ recentReconnects }: Status["upstream"]): string {
  const last = recentReconnects.at(-1);
  return last === undefined ? "" : `the last at ${last.at}: ${last.reason} (${last.step})`;
}

function largeText({ gtid, file, offset, rows, bytes, since }: NonNullable<Status["streaming"]>): string {
  return `${gtid ?? `${file}:${offset}`}, ${countText(rows)} rows, ${bytesText(bytes)} so far, since ${since}`;
}

/** Rows that were to be changed and were not there: both sides have drifted apart in these tables. */
function missingText(missingRows: Status["missingRows"]): string {
  const tables = missingRows.map(({ table, count }) => `${countText(count)} of ${table}`);
  return `rows to be changed were not there: ${tables.join(", ")}`;
}

function semiSyncText({ source, acknowledged, waiting }: NonNullable<Status["upstream"]["semiSync"]>): string {
  const sent = `${countText(acknowledged)} acknowledgements sent`;
  if (source === null) return "the source was not asked yet";
  return source === "on" ? `on, ${sent}, ${countText(waiting)} waited for` : `off at the source, ${sent}`;
}

function headRoomText(room: Status["upstream"]["headRoom"]): string {
  if (room === null) return secondsText(null);
  const kept =
    room.retentionSeconds === null
      ? "no retention"
      : `kept ${secondsText(room.seconds)} of ${secondsText(room.retentionSeconds)}`;
  const purged = room.purgedAt === null ? "" : `; purged at ${room.purgedAt} at the present trend`;
  return `${bytesText(room.bytes)} from ${room.oldestFile} on, ${kept}${purged}`;
}
