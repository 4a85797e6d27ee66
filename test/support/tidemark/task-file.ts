/** Task files for tests, the demo and the chaos run, written as a user would write them. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { freePort } from "../servers/index.ts";
import type { RunningServer } from "../servers/index.ts";

/** A server as a task file names it. */
export type ServerSide = Pick<RunningServer, "host" | "port" | "user" | "password">;

/** What a task file of ours says; the rest is left to its defaults. */
export interface TaskOptions {
  readonly name: string;
  readonly upstream: ServerSide;
  readonly downstream: ServerSide;
  /** More keys of the two sections: `netTimeout`, `metaSchema`, … */
  readonly upstreamMore?: Readonly<Record<string, unknown>>;
  readonly downstreamMore?: Readonly<Record<string, unknown>>;
  /** `now`, `earliest`, `{ gtids }` or `{ file, offset }` */
  readonly start?: unknown;
  readonly include?: readonly string[];
  readonly apply?: Readonly<Record<string, unknown>>;
  readonly checkpoint?: Readonly<Record<string, unknown>>;
  /** Default: a free port. */
  readonly statusPort?: number;
  /** Sections to add or replace as they are. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** Where a task file is, and where its task can be asked. */
export interface TaskFile {
  readonly path: string;
  readonly name: string;
  /** `http://127.0.0.1:PORT` */
  readonly statusUrl: string;
}

/** Writes `FOLDER/NAME.yaml`. */
export async function writeTaskFile(folder: string, options: TaskOptions): Promise<TaskFile> {
  const statusPort = options.statusPort ?? (await freePort());
  const task = {
    name: options.name,
    upstream: {
      ...address(options.upstream),
      ...options.upstreamMore,
      ...(options.start === undefined ? {} : { start: options.start }),
    },
    downstream: { ...address(options.downstream), ...options.downstreamMore },
    tables: { include: options.include ?? ["*.*"] },
    ...(options.apply === undefined ? {} : { apply: options.apply }),
    ...(options.checkpoint === undefined ? {} : { checkpoint: options.checkpoint }),
    status: { listen: `127.0.0.1:${statusPort}` },
    ...options.more,
  };
  const path = join(folder, `${options.name}.yaml`);
  await writeFile(path, stringify(task));
  return { path, name: options.name, statusUrl: `http://127.0.0.1:${statusPort}` };
}

/** A server of ours is more than its address. */
function address({ host, port, user, password }: ServerSide): ServerSide {
  return { host, port, user, password };
}
