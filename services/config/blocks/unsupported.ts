/** Keywords without a rule: what is only read is said once, what must not be left out is refused. */

import { acceptedConsequences, refusalConsequences, refusalSuggestions } from "../consequences.ts";
import type { BlockName } from "../keywords.ts";
import { type Token, tokenLocation } from "../lexer.ts";
import type { Statement } from "../parser.ts";
import { keywordStatus } from "../vocabulary.ts";
import type { LowerContext } from "./context.ts";
import { reportUnknown } from "./unknown.ts";

export function reportRefused(keyword: Token, context: LowerContext): void {
  const consequence = refusalConsequences[keyword.text] ?? "change what it does";
  const suggestion = refusalSuggestions[keyword.text];
  context.report({
    severity: "error",
    code: "unsupported-keyword",
    message: `\`${keyword.text}\` is not supported yet; running without it would ${consequence}`,
    location: tokenLocation(keyword),
    ...(suggestion === undefined ? {} : { suggestion }),
  });
}

/** A warning for the first use of a keyword; the content of its block is checked for unknown keywords only. */
export function reportAccepted(
  name: BlockName,
  keyword: Token,
  statement: Statement,
  context: LowerContext,
): void {
  const key = `${name}/${keyword.text}`;
  if (!context.mentioned.has(key)) {
    context.mentioned.add(key);
    const consequence = acceptedConsequences[keyword.text];
    context.report({
      severity: "warning",
      code: "not-acted-on",
      message: `\`${keyword.text}\` is read but not acted on yet${consequence ? `: ${consequence}` : ""}`,
      location: tokenLocation(keyword),
    });
  }
  const content = contentOf(keyword.text);
  if (content !== undefined) checkKnown(content, statement.block ?? [], context);
}

/** Blocks that hold keywords; the others hold values, one or more a line. */
const contents: Readonly<Record<string, BlockName>> = {
  vrrp_script: "vrrp_script",
  track_file: "track_file",
  vrrp_track_file: "track_file",
  bfd_instance: "bfd_instance",
  garp_group: "garp_group",
  SSL: "SSL",
  virtual_server: "virtual_server",
  real_server: "real_server",
  HTTP_GET: "checker",
  SSL_GET: "checker",
  TCP_CHECK: "checker",
  SMTP_CHECK: "checker",
  DNS_CHECK: "checker",
  MISC_CHECK: "checker",
  BFD_CHECK: "checker",
  PING_CHECK: "checker",
  UDP_CHECK: "checker",
  FILE_CHECK: "checker",
  url: "checker",
  host: "checker",
};

function contentOf(keyword: string): BlockName | undefined {
  return Object.hasOwn(contents, keyword) ? contents[keyword] : undefined;
}

/** Recursion is bounded by the parser's limit on nesting. */
function checkKnown(name: BlockName, statements: readonly Statement[], context: LowerContext): void {
  for (const statement of statements) {
    const [keyword] = statement.words;
    if (keyword === undefined) continue;
    if (keywordStatus(name, keyword.text) === undefined) reportUnknown(name, keyword, statement, context);
    const content = contentOf(keyword.text);
    if (content !== undefined) checkKnown(content, statement.block ?? [], context);
  }
}
