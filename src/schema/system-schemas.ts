/** Schemas that belong to the servers themselves: never read, never copied. Names are lower case on every server. */
export const SYSTEM_SCHEMAS: readonly string[] = ["mysql", "sys", "information_schema", "performance_schema"];

export function isSystemSchema(database: string): boolean {
  return SYSTEM_SCHEMAS.includes(database.toLowerCase());
}
