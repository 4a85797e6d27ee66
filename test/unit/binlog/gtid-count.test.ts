import { expect, test } from "vitest";
import { gtidsBetween } from "../../../src/binlog/gtid-count.ts";

const A = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
const B = "4e11fa47-71ca-11e1-9e33-c80aa9429562";

test("MySQL: counts what one set has and the other has not, over sources, tags and holes", () => {
  expect(gtidsBetween("mysql", `${A}:1-5`, `${A}:1-9:11,${B}:1-2:tag:7`)).toBe(8);
  expect(gtidsBetween("mysql", `${A}:1-5:8`, `${A}:1-9`)).toBe(3);
  expect(gtidsBetween("mysql", `${A}:1-9`, `${A}:1-5`)).toBe(0);
  expect(gtidsBetween("mysql", "", "")).toBe(0);
});

test("MariaDB: counts by sequence numbers, domain by domain", () => {
  expect(gtidsBetween("mariadb", "0-1-5", "0-2-9,1-1-3")).toBe(7);
  expect(gtidsBetween("mariadb", "0-1-9,5-1-5", "0-1-7,5-1-6")).toBe(1);
});
