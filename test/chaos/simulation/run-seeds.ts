/** Many seeds, side by side on as many threads as asked for. Each run is its own world, so the order is of no importance. */
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { runSeed, type SeedReport } from "./run-seed.ts";

/** What of a report is kept. */
export type SeedResult = Omit<SeedReport, "trace" | "scenario">;

export interface SeedsOptions {
  readonly first: number;
  readonly count: number;
  readonly threads: number;
  /** The rest is not played any more once one has failed. */
  readonly stopAtFailure: boolean;
  readonly onResult: (result: SeedResult) => void;
  /** The module that a thread runs, if it isn't this one. */
  readonly module?: URL;
}

/** Plays seeds `first` … `first + count - 1`. A seed at which a thread died has failed; those behind it in its share aren't played. */
export async function runSeeds(options: SeedsOptions): Promise<readonly SeedResult[]> {
  const { first, count, threads, module = new URL(import.meta.url) } = options;
  const over = new AbortController();
  const results: SeedResult[] = [];
  const take = (result: SeedResult): void => {
    results.push(result);
    options.onResult(result);
    if (result.failure !== null && options.stopAtFailure) over.abort();
  };
  const shares = Array.from({ length: threads }, (_, thread) => ({
    first: first + thread,
    step: threads,
    end: first + count,
  }));
  await Promise.all(shares.map((share) => playShare(module, share, take, over.signal)));
  return results;
}

interface Share {
  readonly first: number;
  readonly step: number;
  readonly end: number;
}

function playShare(module: URL, share: Share, take: (result: SeedResult) => void, over: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    // Much is made and soon forgotten: with a larger nursery a tenth of the time is saved.
    const resourceLimits = { maxYoungGenerationSizeMb: 64 };
    const worker = new Worker(module, { workerData: share, resourceLimits });
    over.addEventListener("abort", () => void worker.terminate(), { once: true });
    let next = share.first;
    let error = "";
    worker.on("message", (result: SeedResult) => {
      next = result.seed + share.step;
      take(result);
    });
    worker.once("error", (thrown) => {
      error = `: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`;
    });
    // Behind all of its messages.
    worker.once("exit", (code) => {
      if (next < share.end && !over.aborted) take(withoutResult(share, next, `exit code ${code}${error}`));
      resolve();
    });
  });
}

/** A thread plays its seeds in order: the first without a result is the one at which it died. */
function withoutResult({ step, end }: Share, seed: number, how: string): SeedResult {
  const behind = Math.ceil((end - seed) / step) - 1;
  const last = seed + behind * step;
  const rest = behind === 0 ? "" : `; ${behind} more are not played (up to ${last})`;
  const failure = `no result, its thread died${rest}: ${how}`;
  return { seed, failure, transactions: 0, sessions: 0, faults: 0 };
}

async function playOne(seed: number): Promise<SeedResult> {
  const { trace: _, scenario: __, ...result } = await runSeed(seed);
  return result;
}

function isShare(value: unknown): value is Share {
  return typeof value === "object" && value !== null && "first" in value && "step" in value && "end" in value;
}

if (!isMainThread && isShare(workerData)) {
  const { first, step, end } = workerData;
  for (let seed = first; seed < end; seed += step) {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window
    parentPort?.postMessage(await playOne(seed));
  }
}
