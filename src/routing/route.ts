import { fatal } from "../errors.ts";

/** Where an upstream's table lives downstream. */
export interface RoutedTable {
  readonly database: string;
  readonly table: string;
}

export type Router = (database: string, table: string) => RoutedTable;

/**
 * Compiles the task's routes. So far every table keeps its name: a route in the task file is refused with
 * `routes_unsupported`, because rows that were renamed while their DDL was not would drift apart.
 */
export function compileRoutes(routes: readonly { readonly from: string; readonly to: string }[]): Router {
  const [first] = routes;
  if (first !== undefined) {
    throw fatal("routes_unsupported", `Routes are not supported yet: ${first.from} → ${first.to}.`, {
      stage: "routing",
      hint: "Take `routes` out of the task file: tables are copied under their own names.",
    });
  }
  return (database, table) => ({ database, table });
}
