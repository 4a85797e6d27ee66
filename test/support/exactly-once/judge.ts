/**
 * Was each transaction of the upstream applied exactly once? Judged by the two servers' binary logs: the downstream's is the server's own
 * record of what was executed and committed, in order, whatever the syncer believes of itself.
 *
 * A batch says in its own transaction (a row of `applied_batch`) which run of the upstream's log it holds. Of that run, what an
 * earlier commit has not taken already must be exactly what the batch's transaction did to the rows: nothing missing, nothing more. In the end
 * every transaction must have been taken. A statement (DDL) must be there once, in its place: behind all that was before it upstream, and
 * before all that was behind it.
 */

import { comparePositions } from "../../../src/binlog/position.ts";
import type { RunningServer } from "../servers/index.ts";
import type { LogEnd } from "../tidemark/upstream-end.ts";
import { readHistory, type AppliedRow, type Done, type NetEffect } from "./history.ts";

export interface Judgement {
  /** Upstream transactions with rows, all found downstream. */
  readonly transactions: number;
  /** Downstream transactions that they were found in. */
  readonly batches: number;
  readonly statements: number;
  /** What is wrong, a line each; empty: exactly once. */
  readonly faults: readonly string[];
}

/** Reads both servers' logs and judges. Nothing may be under way on either side. */
export async function judgeExactlyOnce(options: {
  readonly upstream: RunningServer;
  readonly downstream: RunningServer;
  readonly from: { readonly upstream: LogEnd; readonly downstream: LogEnd };
  readonly database: string;
  readonly task: string;
  /** Tables to leave out: where one side logs what its foreign keys did to rows, and the other doesn't. */
  readonly ignore?: readonly string[];
}): Promise<Judgement> {
  const { upstream, downstream, from, database, task, ignore = [] } = options;
  const [above, below] = await Promise.all([
    readHistory(upstream, { database, ignore, from: from.upstream }),
    readHistory(downstream, { database, ignore, from: from.downstream }),
  ]);
  return judge(above, below, task);
}

const FAULTS_MAX = 20;

/** @see judgeExactlyOnce; `above` is the upstream's history, `below` the downstream's. */
export function judge(above: readonly Done[], below: readonly Done[], task: string): Judgement {
  const rows = above.filter(({ effect }) => effect.size > 0);
  const statements = above.filter(({ statement }) => statement !== null);
  const taken = new Set<Done>();
  const faults: string[] = [];
  let batches = 0;
  let next = 0;
  for (const done of below) {
    const where = `downstream ${done.end.file}:${done.end.offset}`;
    if (done.statement !== null) {
      const expected = statements[next];
      if (expected !== undefined && sameStatement(expected.statement ?? "", done.statement)) {
        faults.push(...outOfPlace(rows, taken, expected, where));
        next += 1;
      } else if (!isHarmlessRepeat(statements[next - 1]?.statement, done.statement)) {
        faults.push(`${where}: executed ${short(done.statement)}, expected ${short(expected?.statement ?? "nothing")}`);
      }
    }
    const applied = done.applied.filter((row) => row.task === task);
    if (applied.length === 0) {
      if (done.effect.size > 0) faults.push(`${where}: rows were changed without a batch's row: ${list(done.effect)}`);
      continue;
    }
    batches += 1;
    if (applied.length > 1) faults.push(`${where}: ${applied.length} batches in one transaction`);
    const held = applied.flatMap((row) => between(rows, row)).filter((each) => !taken.has(each));
    for (const each of held) taken.add(each);
    faults.push(...differences(sum(held), done.effect).map((line) => `${where}, ${nameOf(applied)}: ${line}`));
  }
  for (const lost of rows.filter((each) => !taken.has(each)))
    faults.push(`upstream ${lost.end.file}:${lost.end.offset} was never applied: ${list(lost.effect)}`);
  for (const lost of statements.slice(next)) faults.push(`never executed: ${short(lost.statement ?? "")}`);
  return { transactions: rows.length, batches, statements: statements.length, faults: faults.slice(0, FAULTS_MAX) };
}

/** When a statement is executed, all rows before it are applied and none behind it. */
function outOfPlace(
  rows: readonly Done[],
  taken: ReadonlySet<Done>,
  statement: Done,
  where: string,
): readonly string[] {
  const wrong = rows.filter((each) => {
    const order = comparePositions(each.end, statement.end);
    // CREATE TABLE … SELECT: its own rows come behind it.
    return order < 0 ? !taken.has(each) : taken.has(each);
  });
  return wrong.map(
    ({ end }) =>
      `${where}: ${short(statement.statement ?? "")} is on the wrong side of upstream ${end.file}:${end.offset}`,
  );
}

/** Those that end behind the batch's start, up to its end; they are in the order of their log. */
function between(rows: readonly Done[], { start, end }: AppliedRow): readonly Done[] {
  return rows.slice(firstBehind(rows, start), firstBehind(rows, end));
}

function firstBehind(rows: readonly Done[], place: LogEnd): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const each = rows[middle];
    if (each !== undefined && comparePositions(each.end, place) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function sum(transactions: readonly Done[]): NetEffect {
  const total = new Map<string, number>();
  for (const { effect } of transactions)
    for (const [row, count] of effect) total.set(row, (total.get(row) ?? 0) + count);
  for (const [row, count] of total) if (count === 0) total.delete(row);
  return total;
}

function differences(expected: NetEffect, actual: NetEffect): string[] {
  return [...new Set([...expected.keys(), ...actual.keys()])].flatMap((row) => {
    const [wanted = 0, got = 0] = [expected.get(row), actual.get(row)];
    return wanted === got ? [] : [`${row}: ${signed(got)} instead of ${signed(wanted)}`];
  });
}

/** Texts differ in what neither the upstream's log nor the way here keeps: comments, quotes, spaces, a database's name, IF EXISTS. */
function normal(sql: string): string {
  return sql
    .replaceAll(/\/\*.*?\*\//gs, " ")
    .replaceAll(/\bif\s+exists\b|\bstart\s+transaction\b|;/gi, " ")
    .replaceAll(/`(\w+)`\.`(\w+)`/g, "$2")
    .replaceAll("`", "")
    .replaceAll(/\s*([(),=])\s*/g, "$1")
    .replaceAll(/\s+/g, " ")
    .trim()
    .toLowerCase();
}

function sameStatement(one: string, other: string): boolean {
  return normal(one) === normal(other);
}

/** A TRUNCATE that was cut off may be executed a second time before anything else is: the barrier stands, and it ends in the same state. */
function isHarmlessRepeat(before: string | null | undefined, statement: string): boolean {
  return typeof before === "string" && /^\s*truncate\b/i.test(statement) && sameStatement(before, statement);
}

function nameOf(applied: readonly AppliedRow[]): string {
  return applied.map(({ epoch, sequence }) => `batch ${epoch}/${sequence}`).join(" and ");
}

function list(effect: NetEffect): string {
  return short([...effect].map(([row, count]) => `${signed(count)} ${row}`).join("; "));
}

function signed(count: number): string {
  return count > 0 ? `+${count}` : String(count);
}

function short(text: string): string {
  return text.length <= 200 ? text : `${text.slice(0, 200)}…`;
}
