import { lookUp } from "./check-shape.ts";
import type { Mistake, Path } from "./mistake.ts";
import type { YamlTree } from "./yaml-tree.ts";

/** Reads a file that the task file names; the path is as written there. Throws like `fs.readFileSync`. */
export type ReadFile = (path: string) => string;

/** The contents of the files that the task file names, by server and key. */
export interface NamedFiles {
  readonly mistakes: readonly Mistake[];
  text(server: "upstream" | "downstream", key: FileKey): string | undefined;
}

const FILE_KEYS = ["passwordFile", "ca", "cert", "key"] as const;
type FileKey = (typeof FILE_KEYS)[number];

/** What must be in each kind of file. RFC 7468 has the labels. */
const CONTENT: Readonly<Record<FileKey, { readonly pattern: RegExp; readonly what: string }>> = {
  passwordFile: { pattern: /[^\r\n]/, what: "holds no password" },
  ca: { pattern: /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----/, what: "holds no certificate in PEM form" },
  cert: { pattern: /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----/, what: "holds no certificate in PEM form" },
  key: { pattern: /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/, what: "holds no private key in PEM form" },
};

/** What the operating system's codes mean to the reader of a task file. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "we may not read it",
  EPERM: "we may not read it",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of the path is not a folder",
};

/** Reads all of them; what can't be read, or holds something else, is a mistake at the place of its key. */
export function readNamedFiles(tree: YamlTree, readFile: ReadFile): NamedFiles {
  const texts = new Map<string, string>();
  const mistakes: Mistake[] = [];
  for (const server of ["upstream", "downstream"]) {
    for (const key of FILE_KEYS) {
      const path: Path = [server, key];
      const name = lookUp(tree.value, path);
      if (typeof name !== "string" || name === "") continue;
      const fault = (message: string): void => {
        const shown = tree.fromEnvironment(path) ? (tree.written(path) ?? "") : name;
        mistakes.push({
          ...tree.placeOf(path),
          message: `\`${server}.${key}\`: ${shown}: ${message}`,
          suggestion: null,
        });
      };
      try {
        const text = readFile(name);
        if (CONTENT[key].pattern.test(text)) texts.set(`${server}.${key}`, text);
        else fault(CONTENT[key].what);
      } catch (error) {
        fault(unreadableReason(error));
      }
    }
  }
  return { mistakes, text: (server, key) => texts.get(`${server}.${key}`) };
}

/** Why a file can't be read, in words. */
export function unreadableReason(error: unknown): string {
  const code = errorCode(error);
  return REASONS[code] ?? `it can't be read (${code})`;
}

/** The `code` of a Node error, or "unknown". */
function errorCode(error: unknown): string {
  const code: unknown = error instanceof Error ? Object.getOwnPropertyDescriptor(error, "code")?.value : undefined;
  return typeof code === "string" ? code : "unknown";
}

/** What a person can't see at the end of a password file is not part of the password. */
export function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, "");
}
