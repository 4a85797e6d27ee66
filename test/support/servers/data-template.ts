/**
 * Initialising a data folder takes seconds, copying one takes none: it is done once per server version, and every server
 * of ours starts from a copy. The template has one user with all privileges besides root.
 */

import { constants } from "node:fs";
import { cp, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { cacheFolder } from "./cache.ts";
import { exists, type Installation } from "./installation.ts";
import { withLock } from "./lock.ts";
import { run } from "./processes.ts";

/** The user that every server of ours has; they listen on loopback only and live for a test. */
export const TEST_USER = { user: "tidemark", password: "tidemark" } as const;

/** Part of the template's name: raise it when what is below changes. */
const FORMAT = 1;

/** Makes {@link TEST_USER}. */
export const CREATE_TEST_USER = `
CREATE USER '${TEST_USER.user}'@'%' IDENTIFIED BY '${TEST_USER.password}';
GRANT ALL ON *.* TO '${TEST_USER.user}'@'%' WITH GRANT OPTION;
`;

/** The order of mariadb-install-db (scripts/mysql_install_db.sh of the server's source). From 11 on, `mysql_` is `mariadb_`. */
const MARIADB_SYSTEM_TABLES = [
  "mysql_system_tables.sql",
  "mysql_performance_tables.sql",
  "mysql_system_tables_data.sql",
  "fill_help_tables.sql",
  "maria_add_gis_sp_bootstrap.sql",
  "mysql_sys_schema.sql",
] as const;

/** Makes `dataDir` (which must not exist) a fresh data folder for this installation's server. */
export async function makeDataFolder(installation: Installation, dataDir: string): Promise<void> {
  const name = `${installation.flavour}-${installation.version}-${installation.origin}-${FORMAT}`;
  const template = join(await cacheFolder("templates"), name);
  if (!(await exists(template))) {
    await withLock(`${template}.lock`, async () => {
      if (!(await exists(template))) await makeTemplate(installation, template);
    });
  }
  await cp(template, dataDir, { recursive: true, mode: constants.COPYFILE_FICLONE });
}

async function makeTemplate(installation: Installation, template: string): Promise<void> {
  const unfinished = `${template}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true, mode: 0o700 });
  const dataDir = join(unfinished, "data");
  await (installation.flavour === "mysql" ? initialiseMysql : initialiseMariadb)(installation, dataDir);
  // A server makes its uuid when it has none: copies must differ in it.
  await rm(join(dataDir, "auto.cnf"), { force: true });
  await rename(dataDir, template);
  await rm(unfinished, { recursive: true, force: true });
}

/** Options of every start of these servers that depend on who we are: as root they want to be told so. */
export function userOptions(): readonly string[] {
  return process.getuid?.() === 0 ? ["--user=root"] : [];
}

async function initialiseMysql(installation: Installation, dataDir: string): Promise<void> {
  const script = join(dirname(dataDir), "init.sql");
  await writeFile(script, CREATE_TEST_USER);
  await runServer(installation, [
    `--datadir=${dataDir}`,
    "--initialize-insecure",
    `--init-file=${script}`,
    "--skip-log-bin",
    "--innodb-redo-log-capacity=32M",
  ]);
}

async function initialiseMariadb(installation: Installation, dataDir: string): Promise<void> {
  await mkdir(dataDir, { mode: 0o700 });
  let script = "CREATE DATABASE IF NOT EXISTS mysql;\nUSE mysql;\n";
  for (const name of MARIADB_SYSTEM_TABLES) {
    const older = join(installation.shareDir, name);
    const newer = join(installation.shareDir, name.replace(/^mysql_/, "mariadb_"));
    script += `${await readFile((await exists(newer)) ? newer : older, "utf8")}\n`;
  }
  // Bootstrap runs without the grant tables; they are loaded by FLUSH PRIVILEGES, after which users can be made.
  script += `FLUSH PRIVILEGES;\n${CREATE_TEST_USER.trim()}\n`;
  await runServer(installation, [`--datadir=${dataDir}`, "--bootstrap", "--innodb-log-file-size=16M"], script);
}

async function runServer(installation: Installation, options: readonly string[], input = ""): Promise<void> {
  const output = await run([...installation.server, ...userOptions(), ...options], { input });
  if (output.status === 0 && !/^ERROR:/m.test(output.stderr)) return;
  throw new Error(
    `${installation.server.join(" ")} ${options.join(" ")} ended with ${output.status}:\n${output.stderr.slice(-4000)}`,
  );
}
