/**
 * The page: the status for people, made anew by the task whenever it is asked for. It loads nothing from elsewhere, and every value is
 * escaped (hono's `html`), because names of tables and messages of servers are other people's text.
 */
import { readFileSync } from "node:fs";
import { html, raw } from "hono/html";
import { bytesText, countText, placeText, secondsText } from "./amounts.ts";
import type { Status } from "./status.ts";

type Html = ReturnType<typeof html>;

/** Only our own two files, requests to ourselves, and nobody's frame. */
export const PAGE_POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** What the page loads, by path. */
export const PAGE_FILES = [
  { path: "/page.css", type: "text/css; charset=utf-8", text: fileText("page.css") },
  { path: "/page.js", type: "text/javascript; charset=utf-8", text: fileText("page.js") },
] as const;

function fileText(name: string): string {
  return readFileSync(new URL(`page/${name}`, import.meta.url), "utf8");
}

/** The whole page; null: there is no task yet. */
export function page(status: Status | null): Html {
  const title = status === null ? "Tidemark" : `${status.task}: ${status.state}`;
  return html`${raw("<!doctype html>")}
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/page.css" />
        <script src="/page.js" defer></script>
      </head>
      <body>
        ${status === null ? html`<main><p>The task is starting.</p></main>` : body(status)}
        <footer><span id="notice" class="care" role="status"></span></footer>
      </body>
    </html>`;
}

function body(status: Status): Html {
  const { rows, transactions, statements } = status;
  return html`<main>
    <header>
      <h1>${status.task}</h1>
      <span class="state ${tone(status)}">${status.state}</span>
      <span class="quiet">${status.phase === "none" ? "" : `${status.phase}, `}since ${status.since}</span>
      <span class="orders">${order(status)}</span>
    </header>
    ${alarms(status)}
    <div class="figures">${figures(status)}</div>
    <section>
      <h2>The way of the data</h2>
      <table>
        ${way(status).map(([label, place, more]) => row(label, place, more))}
      </table>
    </section>
    <section>
      <h2>Workers</h2>
      <div class="workers">${status.workers.map(worker)}</div>
    </section>
    <section>
      <h2>Applied</h2>
      <table>
        ${row("rows", `${countText(rows.inserted)} inserted, ${countText(rows.updated)} updated, ${countText(rows.deleted)} deleted`)}
        ${row("transactions", countText(transactions.applied))}
        ${row("statements", `${countText(statements.executed)} executed, ${countText(statements.ignored)} ignored`)}
        ${row("batches tried again", countText(status.batchRetries))}
      </table>
    </section>
    ${reconnects(status)}
    <p class="quiet">
      As of ${status.asOf}. The same as JSON: <a href="/status">/status</a>, for Prometheus:
      <a href="/metrics">/metrics</a>.
    </p>
  </main>`;
}

function row(label: string, text: string, more = ""): Html {
  return html`<tr>
    <th scope="row">${label}</th>
    <td>${text}</td>
    <td class="quiet">${more}</td>
  </tr>`;
}

function tone({ state, lag }: Status): "good" | "care" | "bad" {
  switch (state) {
    case "running":
      return lag.caughtUp ? "good" : "care";
    case "failed":
      return "bad";
    case "starting":
    case "waiting":
    case "paused":
    case "stopping":
    case "stopped":
      return "care";
    default:
      return state satisfies never;
  }
}

/** What can be asked of the task in its present state. */
function order({ state, task }: Status): Html | "" {
  if (state === "stopping" || state === "stopped") return "";
  const [name, label] = state === "paused" || state === "failed" ? ["resume", "Resume"] : ["pause", "Pause"];
  return html`<button type="button" data-order="${name}" data-task="${task}">${label}</button>`;
}

/** Whatever a person should look at first. */
function alarms({ error, missingRows, reloadError, throttle, upstream }: Status): readonly Html[] {
  const all: Html[] = [];
  if (error !== null) {
    const next = error.retryAt === null ? "A person must act." : `Next attempt at ${error.retryAt}.`;
    all.push(
      html`<section class="alarm">
        <h2>${error.name}</h2>
        <p class="bad">${error.message}</p>
        <p>${error.hint}</p>
        <p class="quiet">
          ${error.position === null ? "" : `At ${error.position}. `}Since ${error.since}, attempt ${error.attempt}.
          ${next}
        </p>
      </section>`,
    );
  }
  if (missingRows.length > 0) {
    const tables = missingRows.map(({ table, count }) => `${countText(count)} of ${table}`).join(", ");
    all.push(notice("Rows to be changed were not there", tables));
  }
  if (reloadError !== null) all.push(notice("The task file was not reloaded", reloadError));
  if (throttle !== null) all.push(notice("Nothing more is read", `${throttle.reason}, since ${throttle.since}`));
  if (upstream.semiSync?.source === "off") all.push(notice("Semi-synchronous replication", "is off at the source"));
  return all;
}

function notice(title: string, text: string): Html {
  return html`<section>
    <h2 class="care">${title}</h2>
    ${text}
  </section>`;
}

function figures({ lag, rows, transactions, upstream: { headRoom } }: Status): readonly Html[] {
  const behind = lag.caughtUp ? "" : `transactions: ${countText(lag.behindTransactions)}`;
  const kept =
    headRoom === null || headRoom.retentionSeconds === null ? "" : ` of ${secondsText(headRoom.retentionSeconds)}`;
  const room = headRoom === null ? secondsText(null) : bytesText(headRoom.bytes);
  const purged =
    headRoom === null || headRoom.purgedAt === null
      ? `kept ${secondsText(headRoom?.seconds ?? null)}${kept}`
      : `purged at ${headRoom.purgedAt} at the present trend`;
  return [
    figure(
      "Lag",
      lag.caughtUp ? "caught up" : secondsText(lag.applySeconds),
      `received ${secondsText(lag.receiveSeconds)}, contact ${secondsText(lag.contactSeconds)} ago`,
    ),
    figure("Behind", lag.caughtUp ? "nothing" : bytesText(lag.behindBytes), behind),
    figure("Rows", `${countText(rows.perSecond)}/s`, `${countText(transactions.perSecond)} transactions/s`),
    figure("Head-room", room, purged),
  ];
}

function figure(title: string, text: string, more: string): Html {
  return html`<section>
    <h2>${title}</h2>
    <div class="figure">${text}</div>
    <div class="quiet">${more}</div>
  </section>`;
}

/** From the upstream's end to the checkpoint. */
function way({ upstream, received, applied, checkpoint }: Status): readonly (readonly [string, string, string])[] {
  const connection =
    upstream.connectedSince === null
      ? `no connection${upstream.disconnectedSince === null ? "" : ` since ${upstream.disconnectedSince}`}`
      : `connected since ${upstream.connectedSince}`;
  return [
    ["upstream", `${upstream.server ?? "not reached yet"} at ${upstream.host}`, connection],
    ["its end", placeText(upstream.end), upstream.end?.gtids ?? ""],
    ["received", placeText(received), received?.gtids ?? ""],
    ["applied", placeText(applied), applied?.gtids ?? ""],
    ["checkpoint", placeText(checkpoint), checkpoint === null ? "" : `saved ${secondsText(checkpoint.ageSeconds)} ago`],
  ];
}

function worker({ state, batchRows }: Status["workers"][number]): Html {
  return state === "idle"
    ? html`<span class="worker quiet">idle</span>`
    : html`<span class="worker good">${countText(batchRows)} rows</span>`;
}

/** Of the last hundred, the last ten, the newest first. */
function reconnects({ upstream }: Status): Html | "" {
  if (upstream.reconnects === 0) return "";
  const counts = upstream.reconnectCounts.map(({ step, reason, count }) => `${countText(count)} × ${reason} (${step})`);
  return html`<section>
    <h2>Reconnects</h2>
    <p class="quiet">${countText(upstream.reconnects)} in all: ${counts.join(", ")}</p>
    <table>
      ${upstream.recentReconnects
        .slice(-10)
        .toReversed()
        .map(({ at, reason, step, message }) => row(at, `${reason} (${step})`, message))}
    </table>
  </section>`;
}
