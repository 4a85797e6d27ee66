/** Talking to a server of ours: from its facts to a {@link RunningServer}. Shares no code with what is tested. */

import mysql from "mysql2/promise";
import type { Origin, Row, RunningServer, ServerFacts, Tool } from "./server.ts";

const ORIGIN_NAMES = {
  docker: "Docker",
  binaries: "binaries of this machine",
  debian: "Debian packages",
} as const satisfies Record<Origin, string>;

/** A running server from its facts. The connection for questions opens with the first, and again after it was lost. */
export function runningServer(facts: ServerFacts): RunningServer {
  let connection: Promise<mysql.Connection> | undefined;
  const forget = (): void => {
    connection = undefined;
  };
  return {
    ...facts,
    address: {
      host: facts.host,
      port: facts.port,
      user: facts.user,
      password: facts.password,
      tls: { mode: "disabled" },
    },
    describe: () => describeServer(facts),
    async disconnect() {
      const used = connection;
      forget();
      await used?.then((it) => it.end()).catch(() => {});
    },
    async query<R extends Row>(sql: string): Promise<R[]> {
      connection ??= open(facts, forget);
      const using = await connection.catch((error: unknown) => {
        forget();
        throw error;
      });
      const [rows] = await using.query<mysql.RowDataPacket[] & R[]>(sql);
      return Array.isArray(rows) ? rows : [];
    },
    async exec(script, database) {
      const own = await open(facts, () => {}, database);
      try {
        await own.query(script);
      } finally {
        await own.end().catch(() => {});
      }
    },
    command(tool, ...args) {
      const program = facts.tools[tool];
      if (program === undefined) throw new Error(`${tool} is not there for ${describeServer(facts)}`);
      return [...program, ...connectArguments(tool, facts), ...args];
    },
  };
}

/** `MySQL 9.7.4 (Debian packages)` */
export function describeServer(facts: Pick<ServerFacts, "flavour" | "version" | "origin">): string {
  return `${facts.flavour === "mysql" ? "MySQL" : "MariaDB"} ${facts.version} (${ORIGIN_NAMES[facts.origin]})`;
}

function connectArguments(tool: Tool, facts: ServerFacts): readonly string[] {
  const { user, password } = facts;
  if (tool === "sysbench") {
    const { host, port } = facts;
    return [`--mysql-host=${host}`, `--mysql-port=${port}`, `--mysql-user=${user}`, `--mysql-password=${password}`];
  }
  // A program inside the server's container reaches it on the container's own port.
  const { host, port } = facts.origin === "docker" ? { host: "127.0.0.1", port: 3306 } : facts;
  // --no-defaults must come first: a my.cnf of this machine is not ours.
  const address = [`--host=${host}`, `--port=${port}`, `--user=${user}`, `--password=${password}`];
  return ["--no-defaults", "--protocol=tcp", ...address];
}

async function open(facts: ServerFacts, onLost: () => void, database?: string): Promise<mysql.Connection> {
  const connection = await mysql.createConnection({
    host: facts.host,
    port: facts.port,
    user: facts.user,
    password: facts.password,
    ...(database === undefined ? {} : { database }),
    charset: "utf8mb4",
    multipleStatements: true,
    supportBigNumbers: true,
    dateStrings: true,
    jsonStrings: true,
    connectTimeout: 10_000,
  });
  connection.on("error", onLost);
  connection.on("end", onLost);
  return connection;
}
