/** What a task keeps of its upstream through all sessions: which host is read, what is known of it besides the stream, and the goal. */
import type { Clock } from "../clock.ts";
import type { Task } from "../config/task.ts";
import type { Log } from "../log.ts";
import { realDoors, type SessionView, type SyncerOptions } from "../syncer.ts";
import type { Doors } from "../syncer/doors.ts";
import type { KnownEnd, UntilPoint } from "../syncer/options.ts";
import { UpstreamWatch } from "../syncer/upstream-watch.ts";
import { Hosts } from "../upstream/hosts.ts";

export interface UpstreamSideOptions {
  readonly task: () => Task;
  readonly view: () => SessionView;
  readonly clock: Clock;
  readonly doors?: Doors;
  readonly log: Log;
}

export class UpstreamSide {
  readonly watch: UpstreamWatch;
  readonly #options: UpstreamSideOptions;
  #hosts: Hosts;
  #goal: KnownEnd | null = null;

  constructor(options: UpstreamSideOptions) {
    this.#options = options;
    this.#hosts = this.#makeHosts();
    this.watch = new UpstreamWatch({
      upstream: () => ({ ...options.task().upstream, ...this.#hosts.present }),
      view: options.view,
      connect: (options.doors ?? realDoors).connect,
      clock: options.clock,
      log: options.log,
    });
  }

  /** Looks at the upstream from beside the sessions, and between them, while `work` runs. */
  async watchedDuring<T>(work: () => Promise<T>): Promise<T> {
    const over = new AbortController();
    const watching = this.watch.run(over.signal);
    try {
      return await work();
    } finally {
      over.abort();
      await watching;
    }
  }

  get hosts(): Hosts {
    return this.#hosts;
  }

  /** The task file has changed: the host that is read stays, if it is still there. */
  reloaded(): void {
    this.#hosts = this.#makeHosts(this.#hosts);
  }

  /** A session's part of the options. The goal `now` is what the first session has read (V11). */
  sessionOptions(until: UntilPoint | null): Pick<SyncerOptions, "hosts" | "until"> {
    const { begun } = this.#options.view();
    if (begun !== null) this.#goal ??= { end: begun.end, server: begun.upstream };
    const known = until?.kind === "now" && this.#goal !== null ? { ...until, known: this.#goal } : until;
    return { hosts: this.#hosts, until: known };
  }

  #makeHosts(before?: Hosts): Hosts {
    const { task, clock } = this.#options;
    const { hosts, failoverAfterMs } = task().upstream;
    return new Hosts({
      list: hosts,
      failoverAfterMs,
      clock,
      ...(before === undefined ? {} : { present: before.present }),
    });
  }
}
