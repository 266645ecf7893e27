/** The table of keywords: complete against keepalived 2.4.3, and each row with what it needs. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { refusalConsequences } from "../../services/config/consequences.ts";
import {
  type BlockName,
  includeKeywords,
  keywordTable,
  understudyKeywords,
} from "../../services/config/keywords.ts";
import {
  blocksWith,
  editDistance,
  keywordStatus,
  nearest,
  nearestKeyword,
} from "../../services/config/vocabulary.ts";

const fixture = new URL("../fixtures/config/keywords.tsv", import.meta.url);
const rows = readFileSync(fixture, "utf8")
  .trim()
  .split("\n")
  .slice(1)
  .map((line) => line.split("\t"))
  .map(([block = "", kind = "", keyword = ""]) => ({ block, kind, keyword }));

/** The inventory groups some blocks; these are the blocks here that such a row may stand in. */
const blocksOf: Readonly<Record<string, readonly BlockName[]>> = {
  "Top level": ["top level"],
  "checker common": ["checker"],
  "HTTP/SSL_GET": ["checker", "real_server"],
  "other checkers": ["checker", "real_server"],
};

const isBlock = (name: string): name is BlockName => Object.hasOwn(keywordTable, name);

function candidates(block: string, keyword: string): readonly BlockName[] {
  if (block === "auth_hmac" && keyword === "auth_hmac") return ["vrrp_instance"];
  return blocksOf[block] ?? (isBlock(block) ? [block] : []);
}

describe("every keyword of keepalived has a class", () => {
  const keywords = rows.filter((row) => row.kind === "keyword");

  test("the inventory is there", () => {
    expect(keywords).toHaveLength(412);
  });

  test.each(keywords)("$block: $keyword", ({ block, keyword }) => {
    const status = candidates(block, keyword).map((name) => keywordStatus(name, keyword));
    expect(status.some((each) => each !== undefined)).toBe(true);
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

  test("include directives are refused wherever they stand", () => {
    for (const keyword of includeKeywords) expect(keywordStatus("vrrp_instance", keyword)).toBe("refused");
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
