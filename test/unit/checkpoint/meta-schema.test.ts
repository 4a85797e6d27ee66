import { describe, expect, it } from "vitest";
import { migrations } from "../../../migrations/index.ts";
import { migrateMetaSchema } from "../../../src/checkpoint/meta-schema.ts";
import { simulatedDownstream } from "../../support/simulated-downstream.ts";

describe("our own tables", () => {
  it("are made in the order of their migrations' names", () => {
    const names = Object.keys(migrations);
    expect(names).toEqual(names.toSorted());
    expect(names.every((name) => /^\d{4}-[a-z-]+$/.test(name))).toBe(true);
  });

  it("where all is done, nothing is asked of the migrator, whose lock a frozen process may hold", async () => {
    const downstream = await simulatedDownstream([]);
    const connection = await downstream.connect("checkpoint");
    await downstream.done(migrateMetaSchema(connection, "tidemark"));
    const asked = downstream.dealer.passed.filter(
      (name) => name.startsWith("checkpoint: ") && !name.endsWith("connect"),
    );
    expect(asked).toEqual([
      "checkpoint: CREATE DATABASE",
      "checkpoint: USE",
      "checkpoint: SHOW TABLES",
      "checkpoint: migrations",
    ]);
  });

  it("a refusal has a name and is for a person to mend", async () => {
    const downstream = await simulatedDownstream([]);
    const connection = await downstream.connect("checkpoint");
    downstream.dealer.at(/CREATE DATABASE/, { kind: "error", errno: 1044 });
    await expect(downstream.done(migrateMetaSchema(connection, "tidemark"))).rejects.toMatchObject({
      name: "privilege_missing",
      kind: "fatal",
    });
  });
});
