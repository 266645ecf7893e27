/** `virtual_ipaddress`: one address a line, with iproute2's words behind it. */

import { formatIpv6, parseAddress } from "../../../contracts/addresses.ts";
import { maximumAddresses } from "../../../contracts/config/limits.ts";
import { type Token, tokenLocation } from "../lexer.ts";
import type { Statement } from "../parser.ts";
import { nearest } from "../vocabulary.ts";
import type { LowerContext } from "./context.ts";

/** An address as written; the interface is the router's own unless `dev` names one. */
export interface AddressDraft {
  readonly address: string;
  readonly prefixLength: number;
  readonly interface: Token | undefined;
  readonly token: Token;
}

/**
 * The addresses of a block. What cannot be read as an address is an error: keepalived skips it, and the address then
 * answers nowhere.
 */
export function lowerAddresses(
  statements: readonly Statement[],
  context: LowerContext,
): readonly AddressDraft[] {
  const addresses: AddressDraft[] = [];
  for (const { words, block } of statements) {
    const [token] = words;
    if (token === undefined) continue;
    if (addresses.length === maximumAddresses) {
      context.report({
        severity: "error",
        code: "too-many-addresses",
        message: `an advertisement holds at most ${maximumAddresses} addresses`,
        location: tokenLocation(token),
        keepalived: "makes the addresses that do not fit excluded ones",
      });
      break;
    }
    const address = readAddress(token, context);
    if (block !== undefined) reportBlock(token, context);
    if (address === undefined) continue;
    addresses.push({ ...address, interface: readOptions(words.slice(1), context), token });
  }
  return addresses;
}

function readAddress(token: Token, context: LowerContext) {
  const [address = "", length, rest] = token.text.split("/");
  const octets = parseAddress(address);
  const maximum = octets?.length === 16 ? 128 : 32;
  const prefixLength = length === undefined ? maximum : /^\d{1,3}$/u.test(length) ? Number(length) : -1;
  const isLength = rest === undefined && prefixLength >= 0 && prefixLength <= maximum;
  if (octets === undefined || !isLength) {
    context.report({
      severity: "error",
      code: "invalid-address",
      message:
        octets === undefined ? `\`${token.text}\` is no IP address` : `\`/${length}\` is no prefix length`,
      location: tokenLocation(token),
      keepalived: `VRRP parsed invalid IP ${token.text}. skipping IP...`,
      suggestion: octets === undefined ? "write ADDRESS/LENGTH, one a line" : `write 0 to ${maximum}`,
    });
    return undefined;
  }
  // One spelling for each address, so that lists can be compared.
  return { address: octets.length === 16 ? formatIpv6(octets) : address, prefixLength };
}

/** Words with a value, and bare words, that change nothing about who answers for the address. */
const valueOptions = ["brd", "broadcast", "label", "scope", "preferred_lft"];
const bareOptions = ["home", "-nodad", "nodad", "mngtmpaddr", "noprefixroute", "autojoin", "no_track"];
const refusedOptions: Readonly<Record<string, string>> = {
  peer: "set up the address without its peer",
  use_vmac: "answer for the address with the interface's own MAC address",
  track_group: "stay active when the address is lost",
};

/** Reads the words behind an address; the interface of `dev`, if any. */
function readOptions(words: readonly Token[], context: LowerContext): Token | undefined {
  let device: Token | undefined;
  for (let index = 0; index < words.length; index++) {
    const word = words[index];
    if (word === undefined) break;
    const option = word.text;
    const takesValue =
      option === "dev" || option === "peer" || option === "track_group" || valueOptions.includes(option);
    const value = takesValue ? words[++index] : undefined;
    if (takesValue && value === undefined) reportNoValue(word, context);
    else if (option === "dev") device = value;
    else if (Object.hasOwn(refusedOptions, option)) reportRefusedOption(word, context);
    else if (takesValue || bareOptions.includes(option)) reportNotActedOn(word, context);
    else reportUnknownOption(word, context);
  }
  return device;
}

function reportNoValue(word: Token, context: LowerContext): void {
  context.report({
    severity: "error",
    code: "missing-parameter",
    message: `\`${word.text}\` needs a value`,
    location: tokenLocation(word),
  });
}

function reportRefusedOption(word: Token, context: LowerContext): void {
  context.report({
    severity: "error",
    code: "unsupported-keyword",
    message: `\`${word.text}\` is not supported yet; running without it would ${refusedOptions[word.text]}`,
    location: tokenLocation(word),
  });
}

function reportNotActedOn(word: Token, context: LowerContext): void {
  const key = `address/${word.text}`;
  if (context.mentioned.has(key)) return;
  context.mentioned.add(key);
  context.report({
    severity: "warning",
    code: "not-acted-on",
    message: `\`${word.text}\` is read but not acted on yet: the address is installed without it`,
    location: tokenLocation(word),
  });
}

function reportUnknownOption(word: Token, context: LowerContext): void {
  const isAddress = parseAddress(word.text.split("/")[0] ?? "") !== undefined;
  const meant = nearest(["dev", ...valueOptions, ...bareOptions], word.text);
  context.report({
    severity: isAddress ? "error" : "warning",
    code: isAddress ? "second-address-in-line" : "unknown-word",
    message: isAddress ? `a second address \`${word.text}\` in one line` : `unknown word \`${word.text}\``,
    location: tokenLocation(word),
    keepalived: `Unknown configuration entry '${word.text}' for ip address - ignoring`,
    ...(isAddress ? { suggestion: "write one address a line" } : {}),
    ...(meant === undefined ? {} : { suggestion: `did you mean \`${meant}\`?` }),
  });
}

function reportBlock(token: Token, context: LowerContext): void {
  context.report({
    severity: "error",
    code: "unexpected-block",
    message: "an address takes no block",
    location: tokenLocation(token),
    suggestion: "is a `}` missing above?",
  });
}
