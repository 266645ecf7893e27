/** The table of keywords: complete against keepalived 2.4.3, and each row with what it needs. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { refusalConsequences } from "../../services/config/consequences.ts";
import { keywordTable, understudyKeywords } from "../../services/config/keywords.ts";
import { blocksWith, editDistance, nearest, nearestKeyword } from "../../services/config/vocabulary.ts";
import {
  compatibilityPage,
  readInventory,
  renderCompatibility,
  statusOf,
} from "../conformance/compatibility.ts";

const rows = readInventory();

describe("every keyword of keepalived has a class", () => {
  test("the inventory is there", () => {
    expect(rows).toHaveLength(412);
  });

  test.each(rows)("$block: $keyword", (row) => {
    expect(statusOf(row)).toBeDefined();
  });

  test("the table invents no keyword but this program's own", () => {
    const known = new Set(rows.map((row) => row.keyword));
    const invented = Object.values(keywordTable)
      .flatMap((row) => Object.values<string>(row).flatMap((words) => words.split(/\s+/u)))
      .filter((word) => word !== "" && !known.has(word));
    expect(invented).toEqual(understudyKeywords);
  });

  test("a keyword has one class in a block", () => {
    for (const row of Object.values(keywordTable)) {
      const words = Object.values<string>(row)
        .flatMap((text) => text.split(/\s+/u))
        .filter((word) => word !== "");
      expect(words).toHaveLength(new Set(words).size);
    }
  });

  test.each(["top level", "global_defs", "vrrp_instance"] as const)(
    "each refusal of %s says what would go wrong",
    (block) => {
      for (const keyword of keywordTable[block].refused.split(/\s+/u)) {
        expect(refusalConsequences[keyword], keyword).toBeTypeOf("string");
      }
    },
  );

  test("the page of keywords is made from the table", () => {
    expect(readFileSync(compatibilityPage, "utf8")).toBe(renderCompatibility(readInventory()));
  });
});

describe("suggestions", () => {
  test.each([
    ["vrrp_instance", "prioritty", "priority"],
    ["vrrp_instance", "virtual_ipadress", "virtual_ipaddress"],
    ["vrrp_instance", "interafce", "interface"],
    ["vrrp_instance", "State", "state"],
    ["vrrp_script", "weigth", "weight"],
    ["global_defs", "router_di", "router_id"],
    ["top level", "vrrp_instnace", "vrrp_instance"],
    ["vrrp_instance", "foo_bar", undefined],
    ["vrrp_instance", "x", undefined],
    ["vrrp_instance", "constructor", undefined],
  ] as const)("in %s, %s means %s", (block, word, meant) => {
    expect(nearestKeyword(block, word)).toBe(meant);
  });

  test("distances count a swap of neighbours as one", () => {
    expect(editDistance("weigth", "weight")).toBe(1);
    expect(editDistance("", "abc")).toBe(3);
    expect(editDistance("kitten", "sitting")).toBe(3);
    expect(nearest([], "abc")).toBeUndefined();
  });

  test("a keyword is found in the blocks that know it", () => {
    expect(blocksWith("virtual_router_id")).toEqual(["vrrp_instance"]);
    expect(blocksWith("toString")).toEqual([]);
  });
});
