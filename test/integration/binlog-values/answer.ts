import { JsonDocument, JsonPathUpdate, type Value } from "../../../src/binlog/value.ts";

/** Our value in the words of the server's answer to a question (see `cases.ts`). */
export function answerOf(value: Value | undefined, question: string): string | null | undefined {
  if (value === null || value === undefined) return value;
  if (value instanceof JsonDocument) return value.text;
  if (value instanceof JsonPathUpdate) return JSON.stringify(value);
  if (!Buffer.isBuffer(value)) return String(value);
  return question === "bytes" ? value.toString("hex").toUpperCase() : `bytes ${value.toString("hex")}`;
}

/** Whether it is the server's answer; doubles as numbers, because the texts are spelled differently. */
export function isAnswer(value: Value | undefined, question: string, want: string | null): boolean {
  const answer = answerOf(value, question);
  return question === "double" && want !== null ? Number(answer) === Number(want) : answer === want;
}
