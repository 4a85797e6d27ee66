import { expect, test } from "vitest";
import { parseGrants } from "../../../src/mysql/grants.ts";

test("ALL PRIVILEGES everywhere allows everything", () => {
  const grants = parseGrants(["GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` WITH GRANT OPTION"]);
  expect(grants.allows("REPLICATION SLAVE")).toBe(true);
  expect(grants.allows("INSERT", "shop", "orders")).toBe(true);
});

test("a privilege on a database holds for its tables and for no other database", () => {
  const grants = parseGrants(["GRANT USAGE ON *.* TO `a`@`%`", "GRANT SELECT, INSERT ON `shop`.* TO `a`@`%`"]);
  expect(grants.allows("SELECT", "shop", "orders")).toBe(true);
  expect(grants.allows("SELECT", "shop")).toBe(true);
  expect(grants.allows("UPDATE", "shop", "orders")).toBe(false);
  expect(grants.allows("SELECT", "crm", "orders")).toBe(false);
  expect(grants.allows("SELECT")).toBe(false);
});

test("a privilege on a table holds for that table only, and one on columns for none", () => {
  const grants = parseGrants(["GRANT SELECT, INSERT (`id`, `v`) ON `shop`.`or``ders` TO `a`@`%`"]);
  expect(grants.allows("SELECT", "shop", "or`ders")).toBe(true);
  expect(grants.allows("SELECT", "shop", "other")).toBe(false);
  expect(grants.allows("SELECT", "shop")).toBe(false);
  expect(grants.allows("INSERT", "shop", "or`ders")).toBe(false);
});

test("_ and % in a database's name are wildcards unless a backslash stands before them", () => {
  const wild = parseGrants(["GRANT SELECT ON `shop_%`.* TO `a`@`%`"]);
  expect(wild.allows("SELECT", "shop_1")).toBe(true);
  expect(wild.allows("SELECT", "shopX1")).toBe(true);
  expect(wild.allows("SELECT", "shop")).toBe(false);
  const plain = parseGrants(["GRANT SELECT ON `my\\_shop`.* TO `a`@`%`"]);
  expect(plain.allows("SELECT", "my_shop")).toBe(true);
  expect(plain.allows("SELECT", "myXshop")).toBe(false);
});

test("a partial revoke takes back what a wider grant gave", () => {
  const grants = parseGrants(["GRANT SELECT, INSERT ON *.* TO `a`@`%`", "REVOKE INSERT ON `shop`.* FROM `a`@`%`"]);
  expect(grants.allows("SELECT", "shop", "orders")).toBe(true);
  expect(grants.allows("INSERT", "shop", "orders")).toBe(false);
  expect(grants.allows("INSERT", "crm", "orders")).toBe(true);
});

test("the old and the new name of a privilege are one", () => {
  const grants = parseGrants([
    "GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO `a`@`%` IDENTIFIED BY PASSWORD '*00'",
  ]);
  expect(grants.allows("REPLICATION CLIENT")).toBe(true);
  expect(grants.allows("REPLICATION SLAVE")).toBe(true);
});

test("roles, proxies and what isn't understood grant nothing", () => {
  const grants = parseGrants([
    "GRANT `reader`@`%` TO `a`@`%`",
    "GRANT PROXY ON ``@`` TO `root`@`localhost`",
    "nonsense",
  ]);
  expect(grants.allows("SELECT", "shop")).toBe(false);
});
