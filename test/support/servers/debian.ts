/**
 * Servers out of Debian's packages, for a machine with neither Docker nor a database: the packages and everything that they
 * need are downloaded by debootstrap and unpacked into a folder of their own. Nothing of this machine's system is changed
 * (but for debootstrap itself, which is installed if it isn't there), nothing is mounted, no package's script runs.
 */

import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Flavour } from "../../../src/mysql/flavour.ts";
import { cacheFolder } from "./cache.ts";
import { exists, findInTree, type Installation } from "./installation.ts";
import { withLock } from "./lock.ts";
import { run } from "./processes.ts";

interface Recipe {
  /** The release of Debian that has the wanted version. */
  readonly suite: string;
  readonly packages: readonly string[];
}

const RECIPES: Readonly<Record<string, Recipe>> = {
  "mysql-9.7": { suite: "sid", packages: ["mysql-server-core", "mysql-client-core"] },
  "mariadb-10.11": { suite: "bookworm", packages: ["mariadb-server-core", "mariadb-client-core"] },
  // With mariadb-client, which has mariadb-binlog.
  "mariadb-11.8": { suite: "trixie", packages: ["mariadb-server-core", "mariadb-client-core", "mariadb-client"] },
};

/** The tree of an earlier run, or null. */
export async function findDebianTree(flavour: Flavour, version: string): Promise<Installation | null> {
  return findInTree(flavour, join(await cacheFolder(), `${flavour}-${version}`));
}

/** Why a tree can't be made on this machine, or null when it can. */
export async function whyNoDebianTree(): Promise<string | null> {
  const release = await readFile("/etc/os-release", "utf8").catch(() => "");
  if (!/^ID=debian$/m.test(release)) return "this machine does not run Debian";
  if (process.getuid?.() !== 0) return "this is not the root user";
  return null;
}

/**
 * Makes the tree, or waits until another process has made it. Half a minute to some minutes; `tell` hears what is going on.
 * @throws with debootstrap's own words when it fails
 */
export async function makeDebianTree(
  flavour: Flavour,
  version: string,
  tell: (line: string) => void,
): Promise<Installation> {
  const name = `${flavour}-${version}`;
  const recipe = RECIPES[name];
  if (recipe === undefined) throw new Error(`no release of Debian is known to have ${name}`);
  const folder = await cacheFolder();
  return withLock(join(folder, `${name}.lock`), async () => {
    const earlier = await findDebianTree(flavour, version);
    if (earlier !== null) return earlier;
    const unfinished = join(folder, `${name}.unfinished`);
    const tree = join(folder, name);
    await rm(unfinished, { recursive: true, force: true });
    await rm(tree, { recursive: true, force: true });
    await download(recipe, unfinished, tell);
    await unpack(unfinished, tell);
    const found = await findInTree(flavour, unfinished);
    if (found === null)
      throw new Error(`the server unpacked from Debian's packages does not run: look into ${unfinished}`);
    // The name is given last: a tree that has it is complete.
    await rename(unfinished, tree);
    tell(`unpacked ${found.flavour} ${found.version} into ${tree}`);
    const installation = await findInTree(flavour, tree);
    if (installation === null) throw new Error(`cannot run the server in ${tree}`);
    return installation;
  });
}

async function download(recipe: Recipe, folder: string, tell: (line: string) => void): Promise<void> {
  await installDebootstrap(tell);
  tell(`downloading ${recipe.packages.join(", ")} of Debian ${recipe.suite} (once)`);
  const mirror = await debianMirror();
  const output = await run([
    "debootstrap",
    "--variant=minbase",
    "--download-only",
    `--include=${recipe.packages.join(",")}`,
    recipe.suite,
    folder,
    ...(mirror === null ? [] : [mirror]),
  ]);
  if (output.status !== 0) {
    throw new Error(
      `debootstrap ended with ${output.status}:\n${output.stdout.slice(-2000)}${output.stderr.slice(-2000)}`,
    );
  }
}

async function installDebootstrap(tell: (line: string) => void): Promise<void> {
  if ((await run(["debootstrap", "--version"])).status === 0) return;
  tell("installing debootstrap");
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await run(["apt-get", "update", "-q"], { env });
  const output = await run(["apt-get", "install", "-q", "-y", "--no-install-recommends", "debootstrap"], { env });
  if (output.status !== 0)
    throw new Error(`apt-get install debootstrap ended with ${output.status}:\n${output.stderr.slice(-2000)}`);
}

/** The mirror that this machine itself uses, so that what its owner set up is respected; null: debootstrap's own default. */
async function debianMirror(): Promise<string | null> {
  const format = "$(ORIGIN)\t$(REPO_URI)\t$(RELEASE)";
  const output = await run(["apt-get", "indextargets", "--format", format]);
  const lines = output.stdout.split("\n").map((line) => line.split("\t"));
  const mains = lines.filter(([, uri = "", release = ""]) => /^https?:/.test(uri) && !/[-/]/.test(release));
  return (mains.find(([origin]) => origin === "Debian") ?? mains[0])?.[1] ?? null;
}

/** All downloaded packages over each other, as debootstrap's first stage does it; then the packages go. */
async function unpack(folder: string, tell: (line: string) => void): Promise<void> {
  tell("unpacking");
  // Debian's merged /usr: the old names must be links before the first package brings them as folders.
  for (const name of ["bin", "lib", "lib64", "sbin"]) await mkdir(join(folder, "usr", name), { recursive: true });
  for (const name of ["bin", "lib", "lib64", "sbin"]) await run(["ln", "-sfn", `usr/${name}`, join(folder, name)]);
  const archives = join(folder, "var/cache/apt/archives");
  const packages = (await readdir(archives)).filter((name) => name.endsWith(".deb"));
  for (const name of packages) {
    const script = 'dpkg-deb --fsys-tarfile "$1" | tar --extract --keep-directory-symlink --directory "$2"';
    const output = await run(["sh", "-c", script, "unpack", join(archives, name), folder]);
    if (output.status !== 0) throw new Error(`cannot unpack ${name}: ${output.stderr.slice(-1000)}`);
  }
  await rm(archives, { recursive: true, force: true });
  if (await exists(join(folder, "debootstrap")))
    await rm(join(folder, "debootstrap"), { recursive: true, force: true });
}
