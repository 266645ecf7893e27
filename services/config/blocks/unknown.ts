/** Keywords that a block does not know: where they belong, or which one was meant. */

import { type BlockName, understudyKeywords } from "../keywords.ts";
import { type Token, tokenLocation } from "../lexer.ts";
import type { Statement } from "../parser.ts";
import { blocksWith, nearestKeyword } from "../vocabulary.ts";
import type { LowerContext } from "./context.ts";

/** Warns of a keyword that the block does not know; of a block that belongs elsewhere it is an error. */
export function reportUnknown(
  name: BlockName,
  keyword: Token,
  statement: Statement,
  context: LowerContext,
): void {
  if (!context.accepts("warning") && statement.block === undefined) return;
  const elsewhere = blocksWith(keyword.text).filter((block) => outerBlocks.has(block));
  const misplaced = elsewhere[0] !== undefined && name !== "top level" ? elsewhere[0] : undefined;
  const location = tokenLocation(keyword);
  if (misplaced !== undefined && statement.block !== undefined) {
    context.report({
      severity: "error",
      code: "misplaced-block",
      message: `the block \`${keyword.text}\` stands inside \`${name}\`, but belongs to ${placeName(misplaced)}`,
      location,
      suggestion: "is a `}` missing above?",
    });
    return;
  }
  const known = elsewhere[0] ?? (name === "top level" ? blocksWith(keyword.text)[0] : undefined);
  const meant = known === undefined ? nearestKeyword(name, keyword.text) : undefined;
  context.report({
    severity: "warning",
    code: statement.block === undefined ? "unknown-keyword" : "unknown-block",
    message: unknownMessage(name, keyword, statement),
    location,
    keepalived:
      statement.block === undefined
        ? `Unknown keyword '${keyword.text}'; it goes on`
        : "Unexpected '{' - ignoring; its `}` then closes the block around it, and what follows there is lost",
    ...suggest(known, meant),
  });
}

/** Blocks that a keyword can have slipped out of or into by a lost brace. */
const outerBlocks: ReadonlySet<BlockName> = new Set(["top level", "global_defs", "vrrp_instance"]);

function suggest(known: BlockName | undefined, meant: string | undefined): { readonly suggestion?: string } {
  if (known !== undefined)
    return { suggestion: `it belongs to ${placeName(known)}; is a brace missing or extra above?` };
  return meant === undefined ? {} : { suggestion: `did you mean \`${meant}\`?` };
}

function placeName(block: BlockName): string {
  return block === "top level" ? "the top level" : `a \`${block}\` block`;
}

function unknownMessage(name: BlockName, keyword: Token, statement: Statement): string {
  const where = name === "top level" ? "" : ` in \`${name}\``;
  if (understudyKeywords.includes(keyword.text)) return `\`${keyword.text}\` does not belong here`;
  if (statement.block !== undefined) return `unknown block \`${keyword.text}\`${where}; all of it is skipped`;
  return `unknown keyword \`${keyword.text}\`${where}`;
}
