import { describe, expect, test } from "vitest";
import { parseTaskContact, TaskFileInvalid } from "../../../src/config/parse-task.ts";
import { GOOD, mistakes, PEM, read, withLine } from "../../support/task-file.ts";

describe("a task file that is right", () => {
  test("gets every default and is frozen to the bottom", () => {
    const task = read(GOOD);
    expect(task).toEqual({
      name: "orders",
      upstream: {
        host: "10.0.0.5",
        port: 3306,
        user: "repl",
        password: "secret-up",
        tls: { mode: "preferred" },
        connectTimeoutMs: 10_000,
        hosts: [{ host: "10.0.0.5", port: 3306 }],
        failoverAfterMs: 30_000,
        start: { kind: "now" },
        netTimeoutMs: 60_000,
        heartbeatMs: 30_000,
        serverId: task.upstream.serverId,
        semiSync: false,
      },
      downstream: {
        host: "10.0.1.9",
        port: 3306,
        user: "tidemark",
        password: "secret-down",
        tls: { mode: "preferred" },
        connectTimeoutMs: 10_000,
        metaSchema: "tidemark",
        netTimeoutMs: 600_000,
      },
      tables: { include: ["shop.*"], exclude: [] },
      routes: [],
      apply: {
        workers: 8,
        batchRows: 1000,
        batchBytes: 8 * 1024 * 1024,
        streamBytes: 8 * 1024 * 1024,
        splitBytes: null,
        consistency: "transaction",
        missingRow: "stop",
        foreignKeyChecks: "auto",
        stopGraceMs: 30_000,
      },
      checkpoint: { intervalMs: 1000 },
      retry: { baseMs: 1000, capMs: 30_000, budgetMs: null },
      status: { listen: { host: "127.0.0.1", port: 8261 } },
    });
    expect(Object.isFrozen(task)).toBe(true);
    expect(Object.isFrozen(task.upstream.tls)).toBe(true);
    expect(Object.isFrozen(task.tables.include)).toBe(true);
  });

  test("may give every key another value", () => {
    const task = read(
      GOOD.replace(
        "  password: secret-up",
        "  password: secret-up\n  heartbeat: 4s\n  netTimeout: 9s\n  serverId: 7\n  semiSync: on\n  start: {file: binlog.1000000, offset: 4}\n  tls: verify-full\n  ca: ca.pem\n  cert: ca.pem\n  key: key.pem",
      ).replace(
        "  password: secret-down",
        "  passwordFile: password\n  port: 4000\n  metaSchema: meta_2\n  connectTimeout: 250ms",
      ) +
        `  exclude: ["/^shop\\\\.tmp_/"]
routes: [{from: "shop.a?", to: "shop.a"}]
apply: {workers: 1, batchRows: 5, batchBytes: 64KiB, streamTransactionsOver: 4MiB, splitTransactionsOver: 1MiB, consistency: ordered, missingRow: repair, foreignKeyChecks: off, stopGrace: 0s}
checkpoint: {interval: 50ms}
retry: {base: 2s, cap: 1m, budget: 1h}
status: {listen: "[::1]:1"}
`,
    );
    expect(task.upstream).toMatchObject({ heartbeatMs: 4000, netTimeoutMs: 9000, serverId: 7, semiSync: true });
    expect(task.upstream.start).toEqual({ kind: "position", file: "binlog.1000000", offset: 4 });
    expect(task.upstream.tls).toEqual({
      mode: "verify-full",
      ca: PEM["ca.pem"],
      cert: PEM["ca.pem"],
      key: PEM["key.pem"],
    });
    expect(task.downstream).toMatchObject({
      password: "from-a-file",
      port: 4000,
      metaSchema: "meta_2",
      connectTimeoutMs: 250,
    });
    expect(task.tables.exclude).toEqual(["/^shop\\.tmp_/"]);
    expect(task.routes).toEqual([{ from: "shop.a?", to: "shop.a" }]);
    expect(task.apply).toEqual({
      workers: 1,
      batchRows: 5,
      batchBytes: 65_536,
      // One that may be cut at a size is not held beyond it.
      streamBytes: 1_048_576,
      splitBytes: 1_048_576,
      consistency: "ordered",
      missingRow: "repair",
      foreignKeyChecks: "off",
      stopGraceMs: 0,
    });
    expect(task.retry).toEqual({ baseMs: 2000, capMs: 60_000, budgetMs: 3_600_000 });
    expect(task.status.listen).toEqual({ host: "::1", port: 1 });
  });

  test.each([
    ["now", { kind: "now" }],
    ["earliest", { kind: "earliest" }],
    ['{gtids: "0-1-5,1-2-9"}', { kind: "gtids", gtids: "0-1-5,1-2-9" }],
    [
      '{gtids: "3E11FA47-71CA-11E1-9E33-C80AA9429562:1-5:7"}',
      { kind: "gtids", gtids: "3E11FA47-71CA-11E1-9E33-C80AA9429562:1-5:7" },
    ],
  ])("starts at %s", (start, expected) => {
    expect(read(withLine("  password: secret-up", `  password: secret-up\n  start: ${start}`)).upstream.start).toEqual(
      expected,
    );
  });

  test("R17: may name several hosts of the upstream, after `host` or instead of it; each counts once", () => {
    const more = "  hosts: [{host: db-2}, {host: 10.0.0.5}, {host: db-3, port: 3307}]\n  failoverAfter: 5s";
    const after = read(withLine("  password: secret-up", `  password: secret-up\n${more}`)).upstream;
    expect(after).toMatchObject({ host: "10.0.0.5", port: 3306, failoverAfterMs: 5000 });
    const further = [
      { host: "db-2", port: 3306 },
      { host: "db-3", port: 3307 },
    ];
    expect(after.hosts).toEqual([{ host: "10.0.0.5", port: 3306 }, ...further]);
    const instead = read(withLine("  host: 10.0.0.5", "  hosts: [{host: db-2}, {host: db-3, port: 3307}]")).upstream;
    expect(instead).toMatchObject({ host: "db-2", port: 3306, hosts: further });
  });

  test("has no status server when listen is off", () => {
    expect(read(`${GOOD}status: {listen: off}\n`).status.listen).toBeNull();
  });
});

describe("environment variables", () => {
  test("are put into texts, defaults and numbers", () => {
    const text = withLine("  password: secret-up", "  password: ${PW}\n  port: ${PORT}")
      .replace("10.0.1.9", "${DOWN:-db-${NOT}")
      .replace("db-${NOT}", "db.lan}");
    const task = read(text, { PW: "0123", PORT: "13306" });
    expect(task.upstream.password).toBe("0123");
    expect(task.upstream.port).toBe(13_306);
    expect(read(text, { PW: "", PORT: "1", DOWN: "" }).downstream.host).toBe("db.lan");
    expect(task.downstream.host).toBe("db.lan");
    expect(read(text, { PW: "", PORT: "1", DOWN: "x" })).toMatchObject({
      upstream: { password: "" },
      downstream: { host: "x" },
    });
  });

  test("are not looked for inside what a variable holds, and $${ is a literal ${", () => {
    expect(read(withLine("  password: secret-up", "  password: ${PW}"), { PW: "a${B}c" }).upstream.password).toBe(
      "a${B}c",
    );
    expect(read(withLine("  password: secret-up", "  password: 'x$${PW}'")).upstream.password).toBe("x${PW}");
  });

  test("that are missing or miswritten are mistakes at their place", () => {
    expect(mistakes(withLine("  password: secret-up", "  password: ${PW}"))).toEqual([
      "task.yaml:5:13: the environment variable PW is not set (set PW, or give a default: ${PW:-default})",
    ]);
    expect(mistakes(withLine("  password: secret-up", "  password: x${1}"))).toEqual([
      "task.yaml:5:13: `${` is not followed by a variable's name and `}` (write ${NAME} or ${NAME:-default}; a literal ${ is written $${)",
    ]);
  });

  test("never show what they hold", () => {
    const lines = mistakes(withLine("  password: secret-up", "  password: x\n  port: ${PW}\n  tls: ${PW}"), {
      PW: "hunter2",
    });
    expect(lines).toHaveLength(2);
    expect(lines.join()).not.toContain("hunter2");
    expect(lines[0]).toContain("not what ${PW} holds");
  });
});

describe("files that the task file names", () => {
  const after = (lines: string): string => withLine("  password: secret-up", `  password: secret-up\n${lines}`);
  test.each([
    [
      "a missing one",
      GOOD.replace("password: secret-up", "passwordFile: nope"),
      "5:17: `upstream.passwordFile`: nope: there is no such file",
    ],
    [
      "an empty password file",
      GOOD.replace("password: secret-up", "passwordFile: empty"),
      "5:17: `upstream.passwordFile`: empty: holds no password",
    ],
    [
      "a key for a certificate",
      after("  tls: verify-ca\n  ca: key.pem"),
      "7:7: `upstream.ca`: key.pem: holds no certificate in PEM form",
    ],
    [
      "a certificate for a key",
      after("  cert: ca.pem\n  key: ca.pem"),
      "7:8: `upstream.key`: ca.pem: holds no private key in PEM form",
    ],
  ])("%s is a mistake at its place", (_, text, expected) => {
    expect(mistakes(text)).toEqual([`task.yaml:${expected}`]);
  });
});

test("all mistakes come at once, in the order of the file", () => {
  const text = `name: Orders
upstream:
  host: \${HOST}
  prot: 1
  user: repl
  password: a
  passwordFile: nope
downstream:
  host: a
  user: 7
  password: ""
tables: {include: [x]}
`;
  expect(mistakes(text).map((line) => line.split(": ")[0])).toEqual([
    "task.yaml:1:7",
    "task.yaml:3:9",
    "task.yaml:4:3",
    "task.yaml:7:3",
    "task.yaml:7:17",
    "task.yaml:10:9",
    "task.yaml:12:20",
  ]);
});

test.each([
  ["an unquoted secret that begins with a reserved character", "  password: @hunter2"],
  ["a secret that looks like an alias", "  password: *hunter2"],
  ["a secret that looks like a tag", "  password: !hunter2"],
  ["a secret that looks like a mapping", "  password: {hunter2"],
  ["a secret in open quotes", '  password: "hunter2'],
  ["a secret with a bad escape", '  password: "hunter2\\q"'],
  ["a secret on a line of its own", "  password:\n hunter2"],
  ["a secret that is a list", "  password: [hunter2]"],
  ["a secret under a misspelt key", "  pasword: hunter2"],
])("%s is a mistake that doesn't show it", (_, line) => {
  const lines = mistakes(withLine("  password: secret-up", line));
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.join("\n")).not.toContain("hunter2");
});

test("a password that is a number is a mistake that doesn't show it", () => {
  expect(mistakes(withLine("  password: secret-up", "  password: 8150815"))).toEqual([
    "task.yaml:5:13: `upstream.password` must be a text (quote it if it looks like a number), not this",
  ]);
});

describe("talking to a task that runs", () => {
  test("needs neither its secrets nor the rest of the file to be right", () => {
    const text = withLine("  password: secret-up", "  password: ${NOT_SET}\n  prot: 3");
    expect(parseTaskContact({ file: "t", text, environment: {} })).toEqual({
      name: "orders",
      listen: { host: "127.0.0.1", port: 8261 },
    });
  });
  test("needs its name and address", () => {
    const bad = (text: string): string => {
      try {
        return JSON.stringify(parseTaskContact({ file: "t", text, environment: {} }));
      } catch (error) {
        return error instanceof TaskFileInvalid ? error.message : String(error);
      }
    };
    expect(bad("name: A\nstatus: {listen: x, prot: 1}\nupstream: 3\n").split("\n")).toEqual([
      't:1:7: `name` must be a name of a-z, 0-9, _ and -, at most 64, beginning with a letter or digit, not "A"',
      't:2:18: `status.listen` must be host:port, or off, not "x"',
      "t:2:21: unknown key `status.prot` (known here: listen)",
    ]);
    expect(bad("name: a\nstatus: {listen: off}\n")).toBe('{"name":"a","listen":null}');
    expect(bad("name: [\n")).toContain("t:2:1: the indentation is wrong here");
  });
});
