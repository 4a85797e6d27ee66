import { seededRandom } from "../../support/manual-clock.ts";

/**
 * What collations take for equal: case, accents (one character or two), expansions (ß, æ, ligatures), contractions of languages,
 * kana of either kind and width, full-width letters, characters without a weight, emoji, blanks at the end, control characters.
 */
const TOKENS = [
  ...Array.from("aAbBcChHlLsSzZnNjJyYkKiIıİdDeEoOuU01 -_.,'\"\\/@#~`^%&!?*+<=>()[]{}|;:$"),
  ...Array.from("éÉèêëěáâäåÅÄæÆœßẞöÖøØőüÜűýñÑçÇčČšŠžŽđĐðþłŁſµμΩωςσжЖёЁеЕийИЙ"),
  ...Array.from("アあｱァぁカガか゛゙ー々ヽｶﾞハばパ가나中文一二三①②Ⅳⅳªº²³½ﬁﬀＡａ１"),
  "\u0301", "\u0308", "\u030a", "\u00ad", "\u200b", "\u200d", "\u2060", "\ufeff", "\u00a0", "\u3000", "\u2003", "\t", "\n", "\0", "\u0001", "\u007f",
  "😀", "😁", "👍🏽", "🇩🇪", "𝐀", "𠀀", "ss", "ch", "CH", "ll", "ae", "oe", "dz", "nj", "aa", "Aa", "ij", "  ", " a", "a ",
] as const; // prettier-ignore

/** The only ones that we compare ourselves in most collations. */
const PRINTABLE = TOKENS.filter((text) => /^[ -~]+$/.test(text));

/** Strings of one to four such tokens, half of them printable ASCII, the same ones each time; each token also by itself and with a blank behind it. */
export function sample(count: number): readonly string[] {
  const random = seededRandom(1);
  const one = (tokens: readonly string[]): string => tokens[Math.floor(random() * tokens.length)] ?? "";
  const texts = new Set(["", " ", "  ", ...TOKENS, ...TOKENS.map((text) => `${text} `)]);
  while (texts.size < count) {
    const tokens = random() < 0.5 ? PRINTABLE : TOKENS;
    texts.add(Array.from({ length: 1 + Math.floor(random() * 4) }, () => one(tokens)).join(""));
  }
  return [...texts];
}
