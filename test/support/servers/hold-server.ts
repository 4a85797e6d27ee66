/** A process that starts a server and does nothing more: what support.test.ts kills. Prints one line of JSON when the server answers. */

import { startServer } from "./index.ts";

const flavour = process.argv[2] === "mariadb" ? "mariadb" : "mysql";
const server = await startServer({ flavour });
const { pid, port, dataDir } = server;
process.stdout.write(`${JSON.stringify({ pid, port, dataDir })}\n`);
setInterval(() => {}, 60_000);
