import { expect, test } from "vitest";
import { isLoopback, listenText, parseListen } from "../../../src/config/listen.ts";
import { nearest } from "../../../src/config/mistake.ts";
import { serverIdOf } from "../../../src/config/server-id.ts";
import { parseDuration, parseSize } from "../../../src/config/units.ts";

test("durations are a number and a unit", () => {
  expect(["500ms", "5s", "1m", "2h", "0s"].map(parseDuration)).toEqual([500, 5000, 60_000, 7_200_000, 0]);
  expect(["", "5", "s", "1.5s", "5 s", "5S", "-5s", "5d", "1e3s"].map(parseDuration)).toEqual(Array(9).fill(null));
});

test("sizes are a number and a unit of powers of two", () => {
  expect(["5B", "64KiB", "8MiB", "1GiB"].map(parseSize)).toEqual([5, 65_536, 8_388_608, 1_073_741_824]);
  expect(["", "5", "64KB", "8M", "1gib"].map(parseSize)).toEqual(Array(5).fill(null));
});

test("a listen address without a host is the loopback, never every interface", () => {
  expect(parseListen(":8261")).toEqual({ host: "127.0.0.1", port: 8261 });
  expect(parseListen("0.0.0.0:1")).toEqual({ host: "0.0.0.0", port: 1 });
  expect(parseListen("[::1]:65535")).toEqual({ host: "::1", port: 65_535 });
  expect(["8261", "a", "a:", "a:0", "a:65536", "::1:80", "a b:1", "http://a:1"].map(parseListen)).toEqual(
    Array(8).fill(null),
  );
  expect(listenText({ host: "::1", port: 9 })).toBe("[::1]:9");
});

test("the loopback is known by its names and addresses", () => {
  expect(["127.0.0.1", "127.9.9.9", "::1", "localhost"].map(isLoopback)).toEqual([true, true, true, true]);
  expect(["0.0.0.0", "::", "10.0.0.1", "127.0.0.1.example.com"].map(isLoopback)).toEqual([false, false, false, false]);
});

test("a task's own server id is the same for ever, and lies in 2^31 … 2^32-1", () => {
  expect(serverIdOf("orders")).toBe(serverIdOf("orders"));
  expect(serverIdOf("orders")).not.toBe(serverIdOf("crm"));
  for (let index = 0; index < 1000; index++) {
    const id = serverIdOf(`task${index}`);
    expect(Number.isInteger(id) && id >= 2 ** 31 && id < 2 ** 32).toBe(true);
  }
});

test("the nearest word is suggested, and none that is far", () => {
  const words = ["include", "exclude", "interval", "workers"];
  expect(nearest("inculde", words)).toBe("include");
  expect(nearest("Worker", words)).toBe("workers");
  expect(nearest("zzz", words)).toBeNull();
});
