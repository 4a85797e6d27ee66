import type { ListenAddress } from "./task.ts";

/**
 * `127.0.0.1:8261`, `[::1]:8261`, `localhost:8261`; `:8261` means the loopback. Null when it is none of these.
 * An address beyond the loopback is only ever listened on because it stands in the task file.
 */
export function parseListen(text: string): ListenAddress | null {
  const match = /^(?:\[(?<six>[0-9a-fA-F:.]+)\]|(?<host>[A-Za-z0-9._-]*)):(?<port>\d{1,5})$/.exec(text)?.groups;
  const port = Number(match?.["port"]);
  if (match === undefined || !(port >= 1 && port <= 65_535)) return null;
  const host = match["six"] ?? match["host"] ?? "";
  return { host: host === "" ? "127.0.0.1" : host, port };
}

/** As a URL has it: `127.0.0.1:8261`, `[::1]:8261`. */
export function listenText(listen: ListenAddress): string {
  return `${listen.host.includes(":") ? `[${listen.host}]` : listen.host}:${listen.port}`;
}

/** True for addresses that only this machine can reach. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}
