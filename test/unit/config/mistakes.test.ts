import { describe, expect, test } from "vitest";
import { GOOD, mistakes, withLine } from "../../support/task-file.ts";

describe("mistakes have a place and a suggestion", () => {
  const cases: readonly (readonly [title: string, text: string, expected: readonly string[]])[] = [
    [
      "an unknown key",
      withLine("  user: repl", "  user: repl\n  prot: 1"),
      ["5:3: unknown key `upstream.prot` (did you mean `port`?)"],
    ],
    [
      "a key in the wrong place",
      `${GOOD}workers: 3\n`,
      ["12:1: unknown key `workers` (it belongs there: `apply.workers`)"],
    ],
    [
      "a key of either server in the wrong place",
      `${GOOD}port: 3\n`,
      ["12:1: unknown key `port` (it belongs there: `upstream.port` or `downstream.port`)"],
    ],
    [
      "a key that resembles nothing",
      `${GOOD}checkpoint: {zzzzzzzz: 1}\n`,
      ["12:14: unknown key `checkpoint.zzzzzzzz` (known here: interval)"],
    ],
    [
      "a missing key",
      withLine("  host: 10.0.0.5", "  port: 3306"),
      ["2:1: `upstream.host` is missing (it is a host name or address; or write `hosts`)"],
    ],
    [
      "a key without a value",
      withLine("  host: 10.0.0.5", "  host:"),
      ["3:3: `upstream.host` has no value (it must be a host name or address)"],
    ],
    ["a missing mapping", GOOD.slice(0, GOOD.indexOf("tables")), ["1:1: `tables` is missing (it is a mapping)"]],
    [
      "a list for a mapping",
      GOOD.replace(/tables:[^]*/, "tables: []\n"),
      ["10:9: `tables` must be a mapping, not a list"],
    ],
    [
      "a number for a text",
      withLine("  host: 10.0.0.5", "  host: 10"),
      ["3:9: `upstream.host` must be a host name or address, not 10"],
    ],
    [
      "a text for a number",
      withLine("  user: repl", "  user: repl\n  port: '33'"),
      ['5:9: `upstream.port` must be a whole number from 1 to 65535, not "33"'],
    ],
    [
      "a fraction",
      `${GOOD}apply: {workers: 1.5}\n`,
      ["12:18: `apply.workers` must be a whole number from 1 to 256, not 1.5"],
    ],
    [
      "a number out of range",
      `${GOOD}apply: {workers: 0}\n`,
      ["12:18: `apply.workers` must be a whole number from 1 to 256, not 0"],
    ],
    [
      "a duration without a unit",
      `${GOOD}checkpoint: {interval: 5}\n`,
      [
        "12:24: `checkpoint.interval` must be a duration from 10ms to 1h, such as 500ms, 5s or 1m, not 5 (did you mean `5s`?)",
      ],
    ],
    [
      "a size in powers of ten",
      `${GOOD}apply: {batchBytes: 8MB}\n`,
      [
        '12:21: `apply.batchBytes` must be a size from 1KiB to 1GiB, such as 64KiB or 8MiB, not "8MB" (did you mean `8MiB`?)',
      ],
    ],
    [
      "a word that isn't one of the words",
      `${GOOD}apply: {missingRow: repiar}\n`,
      ['12:21: `apply.missingRow` must be one of stop, repair, log, not "repiar" (did you mean `repair`?)'],
    ],
    [
      "a name that can't be one",
      withLine("name: orders", "name: Orders"),
      ['1:7: `name` must be a name of a-z, 0-9, _ and -, at most 64, beginning with a letter or digit, not "Orders"'],
    ],
    [
      "no patterns",
      withLine('  include: ["shop.*"]', "  include: []"),
      ["11:12: `tables.include` must be a list of at least one table pattern, not a list"],
    ],
    [
      "a regular expression that is none",
      withLine('  include: ["shop.*"]', '  include: ["/a(/"]'),
      [
        '11:13: `tables.include[0]` must be a table pattern: `schema.table` with the wildcards * and ?, or /a regular expression/, not "/a(/"',
      ],
    ],
    [
      "a route to a pattern",
      `${GOOD}routes: [{from: "a.b", to: "a.*"}]\n`,
      ['12:28: `routes[0].to` must be a table, as `db.table`, without wildcards, not "a.*"'],
    ],
    [
      "a start of no kind",
      withLine("  user: repl", "  user: repl\n  start: yesterday"),
      [
        '5:10: `upstream.start` must be now, earliest, {gtids: "…"} or {file: binlog.000007, offset: 4}, not "yesterday"',
      ],
    ],
    [
      "a start with an offset in the header",
      withLine("  user: repl", "  user: repl\n  start: {file: b.000001, offset: 3}"),
      ["5:35: `upstream.start.offset` must be a whole number from 4 to 9007199254740991, not 3"],
    ],
    [
      "a listen address without a port",
      `${GOOD}status: {listen: localhost}\n`,
      ['12:18: `status.listen` must be host:port, or off, not "localhost"'],
    ],
    [
      "an alias",
      `${GOOD}routes: &a []\nretry: *a\n`,
      ["13:8: aliases (*name) can't be used in a task file (write the value out)"],
    ],
    ["an empty file", "", ["1:1: the task file is empty (`tidemark init` writes one to begin with)"]],
    ["a file that is a text", "hello\n", ['1:1: the task file must be a mapping, not "hello"']],
  ];
  test.each(cases)("%s", (_, text, expected) => {
    expect(mistakes(text)).toEqual(expected.map((line) => `task.yaml:${line}`));
  });
});

describe("keys that contradict each other", () => {
  const after = (lines: string): string => withLine("  password: secret-up", `  password: secret-up\n${lines}`);
  const cases: readonly (readonly [title: string, text: string, expected: readonly string[]])[] = [
    [
      "password and passwordFile",
      after("  passwordFile: password"),
      ["6:3: `upstream` has both password and passwordFile (keep one of them)"],
    ],
    [
      "neither of them",
      GOOD.replace("  password: secret-up\n", ""),
      ['2:1: `upstream.password` is missing (or passwordFile; for none write password: "")'],
    ],
    [
      "R5: a heartbeat longer than the net timeout",
      after("  netTimeout: 5s\n  heartbeat: 6s"),
      [
        "7:3: `upstream.heartbeat` is longer than `upstream.netTimeout`: an idle connection would never live (leave it out: it is half of netTimeout by itself)",
      ],
    ],
    [
      "an authority that nobody asks",
      after("  ca: ca.pem"),
      [
        "6:3: `upstream.ca` has no use with tls: preferred, which checks no certificate (write tls: verify-ca or tls: verify-full)",
      ],
    ],
    [
      "a certificate without its key",
      after("  cert: ca.pem"),
      ["6:3: `upstream.cert` is there without key (a certificate and its key go together)"],
    ],
    [
      "a certificate without tls",
      after("  tls: disabled\n  cert: ca.pem\n  key: key.pem"),
      ["7:3: `upstream.cert` has no use with tls: disabled (write tls: required)"],
    ],
    [
      "one server on both sides",
      GOOD.replace("10.0.1.9", "10.0.0.5"),
      [
        "7:3: upstream and downstream are the same server, and no table has another name downstream (each change would come back as a change of the same table: name another server, or write routes)",
      ],
    ],
    [
      "one server on both sides, among several hosts",
      withLine("  host: 10.0.0.5", "  hosts: [{host: a}, {host: 10.0.1.9}]"),
      [
        "7:3: upstream and downstream are the same server, and no table has another name downstream (each change would come back as a change of the same table: name another server, or write routes)",
      ],
    ],
    [
      "no host among the hosts",
      withLine("  host: 10.0.0.5", "  hosts: []"),
      ["3:3: `upstream.hosts` is empty, and there is no `upstream.host` (name a host)"],
    ],
    [
      "a port of no host",
      withLine("  host: 10.0.0.5", "  port: 3307\n  hosts: [{host: a}]"),
      ["3:3: `upstream.port` has no use without `upstream.host` (each of the hosts has a port of its own)"],
    ],
    [
      "the meta schema among the tables",
      withLine('  include: ["shop.*"]', '  include: ["tidemark.*"]'),
      [
        "11:13: `tables.include[0]` names the meta schema tidemark, which is never copied (change it, or downstream.metaSchema)",
      ],
    ],
    [
      "a system schema among the tables",
      withLine('  include: ["shop.*"]', '  include: ["mysql.user"]'),
      ["11:13: `tables.include[0]` names the system schema mysql, which is never copied (remove it)"],
    ],
    [
      "a base delay above the cap",
      `${GOOD}retry: {base: 1m}\n`,
      ["12:9: `retry.base` is longer than `retry.cap` (make cap longer)"],
    ],
  ];
  test.each(cases)("%s", (_, text, expected) => {
    expect(mistakes(text)).toEqual(expected.map((line) => `task.yaml:${line}`));
  });
});
