import { compilePattern } from "../routing/pattern.ts";

/** Is this a pattern that routing understands? */
export function isPattern(text: string): boolean {
  try {
    return compilePattern(text, true).text === text;
  } catch {
    return false;
  }
}

/** The schema that a pattern names without wildcards (`shop.*` → `shop`, `` `my.shop`.* `` → `my.shop`), or null. */
export function literalSchema(pattern: string): string | null {
  const match = /^(?:`(?<quoted>[^`]+)`|(?<plain>[^`.*?/]+))\./.exec(pattern);
  return match?.groups?.["quoted"] ?? match?.groups?.["plain"] ?? null;
}
