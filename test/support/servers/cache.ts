/** Where what is expensive to make is kept between runs. */

import { mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/** A folder below `TIDEMARK_SERVERS_DIR` (default `~/.cache/tidemark/servers`), made if it isn't there. */
export async function cacheFolder(name = ""): Promise<string> {
  const folder = join(process.env["TIDEMARK_SERVERS_DIR"] || join(homedir(), ".cache/tidemark/servers"), name);
  await mkdir(folder, { recursive: true });
  return folder;
}
