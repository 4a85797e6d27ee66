/** `mysql-mariadb` on a command line: the flavours of upstream and downstream. */

import type { Flavour } from "../../src/mysql/flavour.ts";

/** @throws when it isn't two flavours */
export function parsePair(text: string): { readonly upstream: Flavour; readonly downstream: Flavour } {
  const [upstream, downstream, ...more] = text.split("-");
  if (!isFlavour(upstream) || !isFlavour(downstream) || more.length > 0) {
    throw new Error(`--pair ${text}: must be mysql-mysql, mariadb-mariadb, mysql-mariadb or mariadb-mysql`);
  }
  return { upstream, downstream };
}

function isFlavour(text: string | undefined): text is Flavour {
  return text === "mysql" || text === "mariadb";
}
