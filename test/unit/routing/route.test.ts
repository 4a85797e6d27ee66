import { describe, expect, it } from "vitest";
import { compileRoutes } from "../../../src/routing/route.ts";

describe("routes", () => {
  it("leave every table its name", () => {
    expect(compileRoutes([])("shop", "orders")).toEqual({ database: "shop", table: "orders" });
  });

  it("D6: are refused by name while DML and DDL could not follow the same plan", () => {
    expect(() => compileRoutes([{ from: "shop.orders_*", to: "shop.orders" }])).toThrow(
      expect.objectContaining({ name: "routes_unsupported", message: expect.stringContaining("shop.orders_*") }),
    );
  });
});
