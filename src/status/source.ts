/**
 * The facts behind the status. They are defined below both floors that know them: the daemon, which tells them,
 * and this room, which shows them.
 */
export {
  PHASES,
  STATES,
  THROTTLES,
  type Answer,
  type ErrorFacts,
  type HeadRoom,
  type LiveFacts,
  type MissingRows,
  type Phase,
  type StatusSource,
  type TaskControls,
  type TaskState,
  type WorkerFacts,
} from "../syncer/facts.ts";
