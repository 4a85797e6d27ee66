import { expect, test } from "vitest";
import { withoutOwned } from "../../../src/upstream/owned-gtids.ts";

const A = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
const B = "4e11fa47-71ca-11e1-9e33-c80aa9429562";

test("V12: a transaction that the source has logged and is about to commit is none that it lacks", () => {
  expect(withoutOwned(`${A}:11-12`, `${A}:11#15:12#16`)).toBe("");
  expect(withoutOwned(`${A}:11-20`, `${A}:11#15,\n${B}:3#17#18`)).toBe(`${A}:12-20`);
});

test("V12: without any such the difference stays as the server has told it", () => {
  expect(withoutOwned(`${A}:11-20`, "")).toBe(`${A}:11-20`);
  expect(withoutOwned("", `${A}:11#15`)).toBe("");
});
