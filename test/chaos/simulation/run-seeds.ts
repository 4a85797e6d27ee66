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
}

/** Plays seeds `first` … `first + count - 1`. */
export async function runSeeds(options: SeedsOptions): Promise<readonly SeedResult[]> {
  const { first, count, threads } = options;
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
  await Promise.all(shares.map((share) => playShare(share, take, over.signal)));
  return results;
}

interface Share {
  readonly first: number;
  readonly step: number;
  readonly end: number;
}

function playShare(share: Share, take: (result: SeedResult) => void, over: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    // Much is made and soon forgotten: with a larger nursery a tenth of the time is saved.
    const resourceLimits = { maxYoungGenerationSizeMb: 64 };
    const worker = new Worker(new URL(import.meta.url), { workerData: share, resourceLimits });
    over.addEventListener("abort", () => void worker.terminate(), { once: true });
    worker.on("message", take);
    worker.once("error", reject);
    worker.once("exit", () => resolve());
  });
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
