import { describe, expect, it } from "vitest";
import { compileFilter, type FilterOptions } from "../../../src/routing/filter.ts";
import { compilePattern } from "../../../src/routing/pattern.ts";

function names(options: Partial<FilterOptions>, ...candidates: readonly string[]): string[] {
  const filter = compileFilter({ include: [], exclude: [], ...options });
  return candidates.filter((name) => {
    const [database = "", ...rest] = name.split(".");
    return filter(database, rest.join("."));
  });
}

describe("the filter", () => {
  it("D6: takes what an include pattern matches and no exclude pattern does", () => {
    const options = { include: ["shop.*", "crm.user?"], exclude: ["shop.tmp_*"] };
    expect(
      names(options, "shop.orders", "shop.tmp_x", "shop.xtmp_", "crm.users", "crm.user", "crm.userss", "hop.t"),
    ).toEqual(["shop.orders", "shop.xtmp_", "crm.users"]);
    expect(names({}, "shop.orders")).toEqual([]);
  });

  it("D6: takes a regular expression for the whole name", () => {
    expect(
      names({ include: ["/shop_\\d+\\.(a|b)/"] }, "shop_1.a", "shop_22.b", "shop_.a", "xshop_1.a", "shop_1.ab"),
    ).toEqual(["shop_1.a", "shop_22.b"]);
    expect(names({ include: ["/^shop\\.t.*$/"] }, "shop.t1", "shop.x")).toEqual(["shop.t1"]);
  });

  it("never takes the servers' own schemas or ours", () => {
    const all = [
      "mysql.user",
      "sys.x",
      "INFORMATION_SCHEMA.tables",
      "performance_schema.x",
      "tidemark.checkpoint",
      "a.b",
    ];
    expect(names({ include: ["*.*"], metaSchema: "tidemark" }, ...all)).toEqual(["a.b"]);
    expect(names({ include: ["/.*/"], metaSchema: "Tidemark", caseSensitive: false }, ...all)).toEqual(["a.b"]);
  });

  it("D6: compares case as it is told", () => {
    expect(names({ include: ["Shop.T*"] }, "Shop.Table", "shop.table")).toEqual(["Shop.Table"]);
    expect(names({ include: ["Shop.T*"], caseSensitive: false }, "Shop.Table", "shop.table")).toHaveLength(2);
  });

  it("D5: takes names with dots, wildcards, slashes and dollars in back-ticks for what they are", () => {
    expect(names({ include: ["`a.b*`.c$(d"] }, "a.b*.c$(d")).toEqual([]);
    const filter = compileFilter({ include: ["`a.b*`.c$(d", "`/x/`.*"], exclude: [] });
    expect([filter("a.b*", "c$(d"), filter("a.bb", "c$(d"), filter("/x/", "t")]).toEqual([true, false, true]);
    expect(compileFilter({ include: ["a.b.c"], exclude: [] })("a", "b.c")).toBe(true);
    expect(names({ include: ["größe.名?"] }, "größe.名前")).toEqual(["größe.名前"]);
  });

  it("refuses patterns that can't be read", () => {
    for (const text of ["shop", "shop.", ".orders", "", "/", "//", "/(/", "`shop.orders"]) {
      expect(() => compileFilter({ include: [text], exclude: [] })).toThrow(
        expect.objectContaining({ name: "table_pattern_invalid" }),
      );
    }
  });

  it("knows of a schema whether a wanted table may be in it, and whether all are wanted", () => {
    const filter = compileFilter({
      include: ["shop.*", "crm.users", "/log_\\d+\\..*/", "old.*"],
      exclude: ["shop.tmp_*", "old.*"],
    });
    const facts = (database: string) => [filter.couldMatchIn(database), filter.matchesAllOf(database)];
    expect(facts("shop")).toEqual([true, false]);
    expect(facts("crm")).toEqual([true, false]);
    expect(facts("log_1")).toEqual([true, false]);
    expect(facts("other")).toEqual([false, false]);
    expect(facts("old")).toEqual([false, false]);
    expect(facts("mysql")).toEqual([false, false]);
    const whole = compileFilter({ include: ["*.*"], exclude: ["shop.tmp"] });
    expect([whole.matchesAllOf("shop"), whole.matchesAllOf("crm"), whole.matchesAllOf("sys")]).toEqual([
      false,
      true,
      false,
    ]);
  });

  it("finds the schema's part of a regular expression only where that is plain", () => {
    const could = (text: string, database: string): boolean => compilePattern(text, true).couldMatchIn(database);
    expect(could("/shop\\.t/", "crm")).toBe(false);
    expect(could("/^shop(_a|_b)?\\.t/", "shop_b")).toBe(true);
    expect(could("/^shop(_a|_b)?\\.t/", "shop_c")).toBe(false);
    for (const doubtful of ["/shop\\.t|crm\\.t/", "/[a.]+/", "/shop\\.?t/", "/shop.t/"])
      expect(could(doubtful, "crm")).toBe(true);
  });
});
