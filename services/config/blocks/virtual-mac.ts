/** `use_vmac`: a hardware address of the virtual router's own, and the name of the interface that has it. */

import { type Token, tokenLocation } from "../lexer.ts";
import type { Setting } from "./block.ts";
import type { LowerContext } from "./context.ts";

/** What the line says; the name is made from the VRID where none is written. */
export interface VirtualMacDraft {
  readonly keyword: Token;
  readonly name: Token | undefined;
}

/** Reads `use_vmac [[name] IF] [MAC] [netlink_notify_msg] [group G]`. Undefined where an error was reported. */
export function readVirtualMac(setting: Setting, context: LowerContext): VirtualMacDraft | undefined {
  const words = [...setting.parameters];
  let name: Token | undefined;
  let isSound = true;
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word.text === "netlink_notify_msg") continue;
    if (word.text === "group") {
      words.shift();
      reportGroup(word, context);
    } else if (hardwareAddress.test(word.text)) {
      reportHardwareAddress(word, context);
      isSound = false;
    } else if (name === undefined) {
      name = word.text === "name" ? words.shift() : word;
    } else {
      reportUnknownWord(word, context);
    }
  }
  if (name !== undefined && !isInterfaceName(name.text)) {
    reportName(name, context);
    return undefined;
  }
  return isSound ? { keyword: setting.keyword, name } : undefined;
}

const hardwareAddress = /^[0-9a-f]{1,2}(:[0-9a-f]{1,2}){4,5}$/iu;

/** What Linux takes: 1 to 15 octets without a slash, a colon or a blank. */
function isInterfaceName(name: string): boolean {
  return /^[^/:\s]{1,15}$/u.test(name) && Buffer.byteLength(name) <= 15 && name !== "." && name !== "..";
}

function reportGroup(word: Token, context: LowerContext): void {
  context.report({
    severity: "warning",
    code: "not-acted-on",
    message: "`group` is read but not acted on yet: the interface stays in group 0",
    location: tokenLocation(word),
  });
}

function reportHardwareAddress(word: Token, context: LowerContext): void {
  context.report({
    severity: "error",
    code: "unsupported-keyword",
    message: `\`${word.text}\`: a hardware address other than RFC 9568's is not supported yet; running without it would answer with 00:00:5e:00:01:VRID`,
    location: tokenLocation(word),
    suggestion: "remove it, here and on the peers",
  });
}

function reportUnknownWord(word: Token, context: LowerContext): void {
  context.report({
    severity: "warning",
    code: "unknown-word",
    message: `unknown word \`${word.text}\` behind \`use_vmac\`; it is ignored`,
    location: tokenLocation(word),
  });
}

function reportName(name: Token, context: LowerContext): void {
  context.report({
    severity: "error",
    code: "invalid-interface-name",
    message: `\`${name.text}\` cannot name an interface: 1 to 15 characters without slash, colon or blank`,
    location: tokenLocation(name),
    suggestion: "give it a name such as vrrp.51",
  });
}
