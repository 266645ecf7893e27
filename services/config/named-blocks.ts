/** The blocks of a file that have a name: keepalived skips the second one of a kind and a name (P13). */

import type { Report } from "./diagnostics.ts";
import { type Token, tokenLocation } from "./lexer.ts";

type NamedBlock = "vrrp_instance" | "vrrp_sync_group" | "vrrp_script" | "track_file" | "vrrp_track_process";

/** Name -> the word that named the first block of that kind so. */
export type NamedBlocks = Readonly<Record<NamedBlock, Map<string, Token>>>;

export function createNamedBlocks(): NamedBlocks {
  return {
    ...{ vrrp_instance: new Map(), vrrp_sync_group: new Map() },
    ...{ vrrp_script: new Map(), track_file: new Map(), vrrp_track_process: new Map() },
  };
}

/** Whether the name is taken, which is reported; else it is taken from now on. */
export function isRepeated(block: NamedBlock, name: Token, named: NamedBlocks, report: Report): boolean {
  const first = named[block].get(name.text);
  if (first === undefined) {
    named[block].set(name.text, name);
    return false;
  }
  report({
    severity: "warning",
    code: "duplicate-block",
    message: `the second ${block} \`${name.text}\` is skipped; the first is in line ${first.source.line}`,
    location: tokenLocation(name),
    keepalived: `${block} ${name.text} already defined; the whole second block is skipped`,
    suggestion: "give it another name, or remove it",
  });
  return true;
}
