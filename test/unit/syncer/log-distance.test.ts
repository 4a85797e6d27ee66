import { expect, test } from "vitest";
import { bytesBetween, later } from "../../../src/syncer/log-distance.ts";

const files = [
  { file: "binlog.000009", bytes: 1000 },
  { file: "binlog.000010", bytes: 500 },
  { file: "binlog.000011", bytes: 200 },
];
const at = (file: string, offset: number) => ({ file: `binlog.${file}`, offset });

test("bytes between two places are those of the files between them", () => {
  expect(bytesBetween(files, at("000009", 400), at("000009", 900))).toBe(500);
  expect(bytesBetween(files, at("000009", 400), at("000010", 100))).toBe(700);
  expect(bytesBetween(files, at("000009", 1000), at("000011", 4))).toBe(504);
  expect(bytesBetween(files, at("000010", 5), at("000009", 900))).toBe(0);
});

test("are not known when a file between them, its size, or a place isn't", () => {
  expect(bytesBetween(files, at("000008", 400), at("000009", 900))).toBeNull();
  expect(bytesBetween(files, at("000011", 4), at("000012", 4))).toBeNull();
  expect(bytesBetween(files, { file: "", offset: 4 }, at("000009", 900))).toBeNull();
  expect(bytesBetween([], at("000012", 4), at("000012", 10))).toBe(6);
});

test("the later of two places is the one behind the other, whatever their files' digits", () => {
  expect(later(at("999999", 900), at("1000000", 4))).toEqual(at("1000000", 4));
  expect(later(null, at("000001", 4))).toEqual(at("000001", 4));
  expect(later(null, null)).toBeNull();
});
