/** Makes docs/keepalived-compatibility.md from the table of keywords in the code: `npm run compatibility`. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { acceptedConsequences, refusalConsequences } from "../../services/config/consequences.ts";
import { type BlockName, type KeywordStatus, keywordTable } from "../../services/config/keywords.ts";
import { keywordStatus } from "../../services/config/vocabulary.ts";
import { projectRoot } from "./checklist.ts";

export const compatibilityPage = join(projectRoot, "docs/keepalived-compatibility.md");

export interface KeywordRow {
  readonly block: string;
  readonly keyword: string;
  /** How common it is: A in most files, B common, C rare. */
  readonly tier: string;
  readonly syntax: string;
}

/** Every keyword of keepalived 2.4.3. */
export function readInventory(): readonly KeywordRow[] {
  const text = readFileSync(join(projectRoot, "test/fixtures/config/keywords.tsv"), "utf8");
  return text
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.split("\t"))
    .filter(([, kind]) => kind === "keyword")
    .map(([block = "", , keyword = "", tier = "", syntax = ""]) => ({ block, keyword, tier, syntax }));
}

/** The inventory groups some blocks; these are the blocks here that such a row may stand in. */
const blocksOf: Readonly<Record<string, readonly BlockName[]>> = {
  "Top level": ["top level"],
  "checker common": ["checker"],
  "HTTP/SSL_GET": ["checker", "real_server"],
  "other checkers": ["checker", "real_server"],
};

/** What the program does with the keyword; undefined where the table does not know it. */
export function statusOf({
  block,
  keyword,
}: Pick<KeywordRow, "block" | "keyword">): KeywordStatus | undefined {
  if (block === "auth_hmac" && keyword === "auth_hmac") return keywordStatus("vrrp_instance", keyword);
  const blocks = blocksOf[block] ?? (Object.hasOwn(keywordTable, block) ? [block as BlockName] : []);
  return blocks.map((name) => keywordStatus(name, keyword)).find((status) => status !== undefined);
}

export function renderCompatibility(rows: readonly KeywordRow[]): string {
  const blocks = [...new Set(rows.map(({ block }) => block))];
  const count = (status: KeywordStatus) => rows.filter((row) => statusOf(row) === status).length;
  return `${[
    "# Keywords of keepalived",
    "",
    "<!-- Made by `npm run compatibility` from the table of keywords in the code. Do not edit. -->",
    "",
    `All ${rows.length} keywords of keepalived 2.4.3: ${count("implemented")} are implemented; ${count("accepted")} are read and said not to`,
    `be acted on, once each; ${count("refused")} are refused with file, line and reason, because running without them would do`,
    "something else. Tier A stands in most files, B is common, C rare. What load balancing and health checks need is read",
    "as a whole and said once.",
    ...blocks.flatMap((block) => [
      "",
      `## ${block}`,
      "",
      "| keyword | tier | here | |",
      "| --- | --- | --- | --- |",
      ...rows.filter((row) => row.block === block).map(rowText),
    ]),
  ].join("\n")}\n`;
}

function rowText(row: KeywordRow): string {
  const status = statusOf(row);
  return `| \`${row.keyword}\` | ${row.tier} | ${status} | ${remark(row.keyword, status)} |`;
}

function remark(keyword: string, status: KeywordStatus | undefined): string {
  if (status === "accepted") return acceptedConsequences[keyword] ?? "";
  if (status !== "refused") return "";
  const consequence = refusalConsequences[keyword];
  return consequence === undefined ? "" : `running without would ${consequence}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(compatibilityPage, renderCompatibility(readInventory()));
