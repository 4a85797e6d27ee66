import { describe, expect, test } from "vitest";
import { TidemarkError } from "../../../src/errors.ts";
import { classifyServerError } from "../../../src/mysql/server-error.ts";

const server = (errno: number): Error => Object.assign(new Error("text"), { errno, code: "ER_ANY", sqlState: "HY000" });
const network = (code: string): Error => Object.assign(new Error("text"), { errno: -111, code });

describe("kinds", () => {
  test.each([1062, 1054, 1146, 1406, 1366, 1364, 1048, 1451, 1452])("V18: %i is fatal", (errno) => {
    expect(classifyServerError(server(errno), "apply").kind).toBe("fatal");
  });

  test.each([2006, 2013, 1927, 1053, 1040, 1159, 1161, 2002, 2003])(
    "V18, R1: %i is a connection to be made again",
    (errno) => {
      expect(classifyServerError(server(errno), "upstream").kind).toBe("resumable");
    },
  );

  test.each([1205, 1213])("V18, S9: %i is the same batch again", (errno) => {
    expect(classifyServerError(server(errno), "apply").kind).toBe("retryable");
  });

  test("what the table doesn't know is fatal, named by its number, and keeps the server's text", () => {
    expect(classifyServerError(server(7777), "apply")).toMatchObject({
      name: "server_error_7777",
      kind: "fatal",
      stage: "apply",
      message: "text",
      facts: { code: 7777, sqlState: "HY000" },
    });
    expect(classifyServerError(network("ESTRANGE"), "apply")).toMatchObject({
      name: "server_error_estrange",
      kind: "fatal",
    });
  });

  test("an error without any code is a defect of ours", () => {
    expect(classifyServerError(new TypeError("x is not a function"), "apply")).toMatchObject({
      name: "unexpected",
      kind: "fatal",
    });
  });
});

test.each([
  [1045, "access_denied"],
  [1044, "privilege_missing"],
  [1142, "privilege_missing"],
  [1227, "privilege_missing"],
  [1129, "host_blocked"],
  [1130, "host_not_allowed"],
  [1290, "read_only"],
  [1836, "read_only"],
  [1114, "disk_full"],
  [1153, "packet_too_large"],
  [1049, "unknown_database"],
])("%i is %s", (errno, name) => {
  expect(classifyServerError(server(errno), "apply").name).toBe(name);
});

test.each([
  ["ECONNREFUSED", "server_unreachable"],
  ["ENOTFOUND", "server_unreachable"],
  ["ECONNRESET", "connection_lost"],
  ["EPIPE", "connection_lost"],
  ["PROTOCOL_CONNECTION_LOST", "connection_lost"],
  ["READ_TIMEOUT", "read_timeout"],
])("%s is %s, to be tried again", (code, name) => {
  expect(classifyServerError(network(code), "apply")).toMatchObject({ name, kind: "resumable" });
});

test("S6, S7: mysql2's error for a command on a connection that it has just lost has no code, and is a lost connection", () => {
  const error = Object.assign(new Error("Can't add new command when connection is in closed state"), { fatal: true });
  expect(classifyServerError(error, "checkpoint")).toMatchObject({ name: "connection_lost", kind: "resumable" });
});

test("a TLS handshake whose connection broke is a lost connection; a certificate that is refused is not", () => {
  // As Node makes them: the first was taken for a refused certificate, because the address is there and undefined.
  const handshake = { code: "HANDSHAKE_SSL_ERROR" };
  const ended = Object.assign(new Error("Client network socket disconnected"), handshake, { localAddress: undefined });
  const reset = Object.assign(new Error("read ECONNRESET"), handshake, { syscall: "read", errno: -104 });
  const refused = Object.assign(new Error("unable to verify the first certificate"), handshake);
  expect(classifyServerError(ended, "upstream")).toMatchObject({ name: "connection_lost", kind: "resumable" });
  expect(classifyServerError(reset, "upstream")).toMatchObject({ name: "connection_lost", kind: "resumable" });
  expect(classifyServerError(refused, "upstream")).toMatchObject({ name: "tls_failed", kind: "fatal" });
});

test("an error that has a name already keeps it", () => {
  const error = new TidemarkError("some_name", "text", { stage: "ddl", hint: "none" });
  expect(classifyServerError(error, "apply")).toBe(error);
});
