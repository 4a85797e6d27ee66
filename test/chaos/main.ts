/** `npm run chaos [-- NAME] [options]`: `kill` (see kill.ts), which is also what it does without a name, or one of faults.ts. */

import { argv } from "node:process";

const [name] = argv.slice(2);
if (name === undefined || name.startsWith("-") || name === "kill") {
  if (name === "kill") argv.splice(2, 1);
  await import("./kill.ts");
} else await import("./faults.ts");
