/** What comes over a session from outside. */
import type { Random } from "./random.ts";

/**
 * - `stop`: SIGTERM; `force`: a second one;
 * - `die`: kill -9; `freeze`: SIGSTOP, for a while;
 * - `rival`: a second process is started for the task;
 * - `partition`: the server has lost the connection that holds the task, the process hears of it only later, and a second one is started;
 * - `restart`: the downstream's server dies and comes back.
 */
export type Fate = "stop" | "force" | "die" | "freeze" | "rival" | "partition" | "restart";

const FATES: readonly (readonly [upTo: number, fate: Fate])[] = [
  [0.2, "stop"],
  [0.3, "force"],
  [0.55, "die"],
  [0.7, "freeze"],
  [0.8, "rival"],
  [0.92, "partition"],
  [1, "restart"],
];

export function chooseFate(random: Random): { readonly fate: Fate; readonly afterMs: number } {
  const dice = random();
  const [, fate] = FATES.find(([upTo]) => dice < upTo) ?? [1, "die"];
  return { fate, afterMs: random() * 400 };
}
