/** Talking to a server of ours: from its facts to a {@link RunningServer}. Shares no code with what is tested. */

import mysql from "mysql2/promise";
import type { Origin, Row, RunningServer, ServerFacts, Tool } from "./server.ts";

const ORIGIN_NAMES = {
  docker: "Docker",
  binaries: "binaries of this machine",
  debian: "Debian packages",
} as const satisfies Record<Origin, string>;

/**
 * The functions of a running server over facts that may change (a restart gives a new pid), hence a function.
 */
export function runningServer(facts: () => ServerFacts): RunningServer {
  let connection: Promise<mysql.Connection> | undefined;
  const disconnect = async (): Promise<void> => {
    const used = connection;
    connection = undefined;
    await used?.then((it) => it.end()).catch(() => {});
  };
  return {
    get flavour() {
      return facts().flavour;
    },
    get version() {
      return facts().version;
    },
    get origin() {
      return facts().origin;
    },
    get host() {
      return facts().host;
    },
    get port() {
      return facts().port;
    },
    get user() {
      return facts().user;
    },
    get password() {
      return facts().password;
    },
    get serverId() {
      return facts().serverId;
    },
    get pid() {
      return facts().pid;
    },
    get dataDir() {
      return facts().dataDir;
    },
    get tools() {
      return facts().tools;
    },
    get address() {
      const { host, port, user, password } = facts();
      return { host, port, user, password, tls: { mode: "disabled" } as const };
    },
    describe: () => describeServer(facts()),
    disconnect,
    async query<R extends Row>(sql: string): Promise<R[]> {
      connection ??= open(facts(), () => {
        connection = undefined;
      });
      let using: mysql.Connection;
      try {
        using = await connection;
      } catch (error) {
        connection = undefined;
        throw error;
      }
      const [rows] = await using.query<mysql.RowDataPacket[] & R[]>(sql);
      return Array.isArray(rows) ? rows : [];
    },
    async exec(script, database) {
      const own = await open(facts(), () => {}, database);
      try {
        await own.query(script);
      } finally {
        await own.end().catch(() => {});
      }
    },
    command(tool, ...args) {
      const { tools, origin, user, password, ...outside } = facts();
      const program = tools[tool];
      // A program inside the server's container reaches it on the container's own port.
      const { host, port } = origin === "docker" && tool !== "sysbench" ? { host: "127.0.0.1", port: 3306 } : outside;
      if (program === undefined) throw new Error(`${tool} is not there for ${describeServer(facts())}`);
      return [...program, ...connectArguments(tool, { host, port, user, password }), ...args];
    },
  };
}

/** `MySQL 9.7.4 (Debian packages)` */
export function describeServer(facts: Pick<ServerFacts, "flavour" | "version" | "origin">): string {
  return `${facts.flavour === "mysql" ? "MySQL" : "MariaDB"} ${facts.version} (${ORIGIN_NAMES[facts.origin]})`;
}

function connectArguments(tool: Tool, to: Pick<ServerFacts, "host" | "port" | "user" | "password">): readonly string[] {
  if (tool === "sysbench") {
    return [
      `--mysql-host=${to.host}`,
      `--mysql-port=${to.port}`,
      `--mysql-user=${to.user}`,
      `--mysql-password=${to.password}`,
    ];
  }
  // --no-defaults must come first: a my.cnf of this machine is not ours.
  return [
    "--no-defaults",
    "--protocol=tcp",
    `--host=${to.host}`,
    `--port=${to.port}`,
    `--user=${to.user}`,
    `--password=${to.password}`,
  ];
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
