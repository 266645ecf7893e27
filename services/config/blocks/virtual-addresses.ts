/** `virtual_ipaddress` and `virtual_ipaddress_excluded`: one address a line, with iproute2's words behind it. */

import { formatIpv6, parseAddress } from "../../../contracts/addresses.ts";
import { maximumAddresses } from "../../../contracts/config/limits.ts";
import { type Token, tokenLocation } from "../lexer.ts";
import type { Statement } from "../parser.ts";
import { type AddressWords, readAddressWords } from "./address-words.ts";
import type { LowerContext } from "./context.ts";

/** An address as written; the interface is the router's own unless `dev` names one. */
export interface AddressDraft {
  readonly address: string;
  readonly prefixLength: number;
  readonly interface: Token | undefined;
  readonly words: AddressWords;
  readonly token: Token;
}

/**
 * The addresses of a block. What cannot be read as an address is an error: keepalived skips it, and the address then
 * answers nowhere.
 */
export function lowerAddresses(
  statements: readonly Statement[],
  context: LowerContext,
  most: MostAddresses = mostOfRouter,
): readonly AddressDraft[] {
  const addresses: AddressDraft[] = [];
  for (const { words, block } of statements) {
    const [token] = words;
    if (token === undefined) continue;
    if (addresses.length === most.count) {
      context.report({
        severity: "error",
        code: "too-many-addresses",
        message: most.message,
        location: tokenLocation(token),
        keepalived: most.keepalived,
      });
      break;
    }
    const address = readAddress(token, context);
    if (block !== undefined) reportBlock(token, context);
    if (address === undefined) continue;
    const { octets, ...written } = address;
    const read = readAddressWords(words.slice(1), { octets, prefixLength: address.prefixLength }, context);
    addresses.push({ ...written, interface: read.device, words: read.words, token });
  }
  return addresses;
}

interface MostAddresses {
  readonly count: number;
  /** What is said where there are more. */
  readonly message: string;
  readonly keepalived: string;
}

const mostOfRouter: MostAddresses = {
  count: maximumAddresses,
  message: `an advertisement holds at most ${maximumAddresses} addresses`,
  keepalived: "makes the addresses that do not fit excluded ones",
};

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
  return { address: octets.length === 16 ? formatIpv6(octets) : address, octets, prefixLength };
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
