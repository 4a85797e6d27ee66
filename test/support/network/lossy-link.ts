/**
 * A network that loses packets, on one machine: a namespace with two links to us. What comes over the first may get lost;
 * the second is for whoever writes and asks there. Packets are dropped at the receiver (our end, before anything of ours sees them): a
 * drop at the sender is noticed by its TCP, which sends again at once, and no loss is seen at all. Addresses are of 198.18.0.0/15,
 * which is set aside for tests of networks (RFC 2544).
 */

import { execFile, execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";

const exec = promisify(execFile);

export interface LossyLink {
  /** What a command begins with to run at the other end. */
  readonly prefix: readonly string[];
  /** The other end's address over the link that loses packets, and over the one that doesn't. */
  readonly lossy: string;
  readonly clean: string;
  /** From now on each packet that comes over the first link is lost with this probability. */
  lose(probability: number): Promise<void>;
  /** Nothing gets lost any more. */
  heal(): Promise<void>;
  /** Packets of this flow over the first link are lost, both ways: as when a firewall has forgotten it. `port` is our end's. */
  forget(port: number): Promise<void>;
  /** Takes everything away again. Twice is once. */
  remove(): void;
}

/** Why there can be no such link here, or null; installs what is missing when that can be done. */
export async function whyNoLossyLink(): Promise<string | null> {
  if (process.platform !== "linux") return "network namespaces are Linux's";
  if (process.getuid?.() !== 0) return "network namespaces want the root user";
  if (!(await has("ip")) || !(await has("iptables"))) {
    if (!existsSync("/etc/debian_version")) return "there is no iptables, and this is not Debian";
    try {
      await exec("apt-get", ["update"]);
      await exec("apt-get", ["install", "--yes", "--no-install-recommends", "iptables", "iproute2"]);
    } catch (error) {
      return `iptables can't be installed: ${String(error).slice(0, 200)}`;
    }
  }
  try {
    const link = await makeLossyLink();
    try {
      await link.lose(0.5);
    } finally {
      link.remove();
    }
    return null;
  } catch (error) {
    return `this kernel doesn't let us: ${String(error).slice(0, 300)}`;
  }
}

async function has(program: string): Promise<boolean> {
  return exec(program, ["-V"]).then(
    () => true,
    () => false,
  );
}

let count = 0;
const NAME = /^tidemark-(\d+)-\d+/;

/** Makes one. The caller removes it; if this process ends before, it is removed then, or by the next one that makes one. */
export async function makeLossyLink(): Promise<LossyLink> {
  await removeOrphans();
  count += 1;
  const name = `tidemark-${process.pid}-${count}`;
  const chain = `TIDEMARK-${process.pid}-${count}`;
  // Interface names have 15 characters at most.
  const devices = ["l", "c"].map((kind) => `tm${process.pid.toString(36)}${count}${kind}`);
  const [device = "", clean = ""] = devices;
  const subnet = `198.${18 + (process.pid % 2)}.${(process.pid >> 1) % 256}`;
  const base = (count % 30) * 8;
  const addresses = [base + 1, base + 2, base + 5, base + 6].map((host) => `${subnet}.${host}`);
  const [lossyHere = "", lossyThere = "", cleanHere = "", cleanThere = ""] = addresses;
  const remove = (): void => {
    process.off("exit", remove);
    for (const args of [
      ["iptables", "-w", "-t", "raw", "-D", "PREROUTING", "-i", device, "-j", chain],
      ["iptables", "-w", "-t", "raw", "-D", "OUTPUT", "-o", device, "-j", chain],
      ["iptables", "-w", "-t", "raw", "-F", chain],
      ["iptables", "-w", "-t", "raw", "-X", chain],
      ["ip", "link", "del", device],
      ["ip", "link", "del", clean],
      ["ip", "netns", "del", name],
    ]) {
      quietly(args);
    }
  };
  process.once("exit", remove);
  try {
    await exec("ip", ["netns", "add", name]);
    await exec("ip", ["-n", name, "link", "set", "lo", "up"]);
    for (const [link, here, there] of [
      [device, lossyHere, lossyThere],
      [clean, cleanHere, cleanThere],
    ] as const) {
      await exec("ip", ["link", "add", link, "type", "veth", "peer", "name", `${link}p`, "netns", name]);
      await exec("ip", ["addr", "add", `${here}/30`, "dev", link]);
      await exec("ip", ["link", "set", link, "up"]);
      await exec("ip", ["-n", name, "addr", "add", `${there}/30`, "dev", `${link}p`]);
      await exec("ip", ["-n", name, "link", "set", `${link}p`, "up"]);
    }
    await raw("-N", chain);
    await raw("-A", "PREROUTING", "-i", device, "-j", chain);
    await raw("-A", "OUTPUT", "-o", device, "-j", chain);
  } catch (error) {
    remove();
    throw error;
  }
  return {
    prefix: ["ip", "netns", "exec", name],
    lossy: lossyThere,
    clean: cleanThere,
    async lose(probability) {
      await raw("-F", chain);
      const chance = ["-m", "statistic", "--mode", "random", "--probability", String(probability)];
      await raw("-A", chain, "-i", device, ...chance, "-j", "DROP");
    },
    async heal() {
      await raw("-F", chain);
    },
    async forget(port) {
      await raw("-A", chain, "-i", device, "-p", "tcp", "--dport", String(port), "-j", "DROP");
      await raw("-A", chain, "-o", device, "-p", "tcp", "--sport", String(port), "-j", "DROP");
    },
    remove,
  };
}

async function raw(...args: readonly string[]): Promise<void> {
  await exec("iptables", ["-w", "-t", "raw", ...args]);
}

function quietly([program = "", ...args]: readonly string[]): void {
  try {
    execFileSync(program, args, { stdio: "ignore" });
  } catch {
    // It is gone already, or never was.
  }
}

/** Of processes that were killed. */
async function removeOrphans(): Promise<void> {
  const { stdout } = await exec("ip", ["netns", "list"]);
  for (const line of stdout.split("\n")) {
    const [name = "", pid = ""] = NAME.exec(line) ?? [];
    if (name === "" || existsSync(`/proc/${pid}`)) continue;
    const [, , count_ = ""] = name.split("-");
    // Their links go with the namespace; what is left in iptables names links that are no more.
    for (const kind of ["l", "c"]) quietly(["ip", "link", "del", `tm${Number(pid).toString(36)}${count_}${kind}`]);
    quietly(["ip", "netns", "del", name]);
  }
}
