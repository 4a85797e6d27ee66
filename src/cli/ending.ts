import type { Log } from "../log.ts";
import type { TaskControls } from "../status/source.ts";
import type { Io } from "./io.ts";

/** A task that was killed and doesn't end by itself is left behind after this. */
const LAST_PATIENCE_MS = 5000;

/** How a run is asked to end. */
export interface Ending {
  readonly stop: AbortSignal;
  readonly kill: AbortSignal;
  /** What SIGHUP does from now on. */
  readonly onReload: (reload: () => void) => void;
  /** The same controls; a stop that comes through them has no more time than one by signal. */
  readonly watched: (controls: TaskControls) => TaskControls;
  readonly close: () => void;
}

/**
 * SIGTERM and SIGINT stop the task; once more, or `graceMs` later, it is killed; and should it be there even then,
 * once more, or five seconds later, the process ends without it. Nothing is lost by that: what is committed
 * downstream is what the next run finds there. SIGHUP reloads.
 */
export function watchEnding(io: Io, log: Log, graceMs: number): Ending {
  const [stop, kill] = [new AbortController(), new AbortController()];
  const timers: { cancel(): void }[] = [];
  let reload = (): void => undefined;

  const after = (ms: number, then: () => void): void => void timers.push(io.clock.timer(ms, then));
  const force = (): void => {
    if (kill.signal.aborted) return;
    log.warn("stopping by force; the next run goes on from what is committed");
    after(LAST_PATIENCE_MS, () => io.exit(1));
    kill.abort();
  };
  const beginGrace = (): void => {
    after(graceMs, () => {
      log.warn({ graceMs }, "the stop takes longer than apply.stopGrace");
      force();
    });
  };

  const offStop = io.onSignal(["SIGTERM", "SIGINT"], () => {
    if (kill.signal.aborted) return io.exit(1);
    if (stop.signal.aborted) return force();
    log.info("stopping at the next transaction boundary; a second signal forces it");
    stop.abort();
    return beginGrace();
  });
  const offReload = io.onSignal(["SIGHUP"], () => reload());

  return {
    stop: stop.signal,
    kill: kill.signal,
    onReload: (what) => {
      reload = what;
    },
    watched: (controls) => ({
      pause: () => controls.pause(),
      resume: () => controls.resume(),
      reload: () => controls.reload(),
      stop: (how) => {
        const answer = controls.stop(how);
        if (answer.accepted && how.force) force();
        else if (answer.accepted) beginGrace();
        return answer;
      },
    }),
    close: () => {
      offStop();
      offReload();
      for (const timer of timers) timer.cancel();
    },
  };
}
