/** Environment variables in the task file's texts. */

export type Environment = Readonly<Record<string, string | undefined>>;

/** A text with its variables put in, or what is wrong with it. */
export type Interpolated =
  | { readonly text: string; readonly changed: boolean }
  | { readonly message: string; readonly suggestion: string };

/** `$${` (a literal `${`), `${NAME}`, `${NAME:-default}`, or a `${` that is none of these. */
const VARIABLE = /\$\$\{|\$\{(?<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?<fallback>[^}]*))?\}|\$\{/g;

/**
 * Puts variables in: `${NAME}` must be set (empty is set); `${NAME:-default}` takes the default when it is not
 * set or empty, as a shell does; `$${` stands for a literal `${`. What a variable holds is not looked at again.
 */
export function interpolate(text: string, environment: Environment): Interpolated {
  if (!text.includes("${")) return { text, changed: false };
  let fault: { message: string; suggestion: string } | null = null;
  const replaced = text.replaceAll(VARIABLE, (whole: string, name?: string, fallback?: string) => {
    if (whole === "$${") return "${";
    if (name === undefined) {
      fault ??= {
        message: "`${` is not followed by a variable's name and `}`",
        suggestion: "write ${NAME} or ${NAME:-default}; a literal ${ is written $${",
      };
      return "";
    }
    const value = environment[name];
    if (fallback !== undefined) return value === undefined || value === "" ? fallback : value;
    if (value === undefined) {
      fault ??= {
        message: `the environment variable ${name} is not set`,
        suggestion: `set ${name}, or give a default: \${${name}:-default}`,
      };
    }
    return value ?? "";
  });
  return fault ?? { text: replaced, changed: true };
}
