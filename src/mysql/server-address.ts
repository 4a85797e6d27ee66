import type { Socket } from "node:net";
import type { ConnectionOptions } from "mysql2";

/** How a connection is encrypted. `ca`, `cert` and `key` are PEM texts. */
export interface TlsOptions {
  /**
   * `preferred`: TLS without verification where the server has it, else plain; `required`: TLS without verification;
   * `verify-ca`: the certificate must come from `ca`; `verify-full`: and name the host that we connect to.
   */
  readonly mode: "disabled" | "preferred" | "required" | "verify-ca" | "verify-full";
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Where a server is and who we are there. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly tls: TlsOptions;
  /** Until the handshake is done, TLS included. Default 10 s. */
  readonly connectTimeoutMs?: number;
}

/** What mysql2 is told. `socket` is ours, so that it can be destroyed at once and its bytes counted; mysql2 wraps it for TLS. */
export function driverOptions(address: ServerAddress, encrypted: boolean, socket: Socket): ConnectionOptions {
  const { mode, ca, cert, key } = address.tls;
  const verify = mode === "verify-ca" || mode === "verify-full";
  return {
    host: address.host,
    port: address.port,
    user: address.user,
    password: address.password,
    stream: () => socket,
    connectTimeout: 0,
    charset: "UTF8MB4_GENERAL_CI",
    supportBigNumbers: true,
    bigNumberStrings: true,
    dateStrings: true,
    jsonStrings: true,
    multipleStatements: true,
    // FOUND_ROWS is one of mysql2's defaults. IGNORE_SPACE would change how the server reads DDL; LOCAL_FILES
    // would let a server ask for our files.
    flags: ["FOUND_ROWS", "-IGNORE_SPACE", "-LOCAL_FILES", "-ODBC"],
    connectAttributes: { program_name: "tidemark" },
    ...(encrypted
      ? {
          ssl: {
            rejectUnauthorized: verify,
            verifyIdentity: mode === "verify-full",
            ...(ca === undefined ? {} : { ca }),
            ...(cert === undefined ? {} : { cert }),
            ...(key === undefined ? {} : { key }),
          },
        }
      : {}),
  };
}
