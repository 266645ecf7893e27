/** `unicast_peer`: addresses that get the adverts instead of the multicast group, one a line. */

import { formatIpv6, parseAddress } from "../../../contracts/addresses.ts";
import type { Location } from "../diagnostics.ts";
import { type Token, tokenLocation } from "../lexer.ts";
import type { Statement } from "../parser.ts";
import type { LowerContext } from "./context.ts";

/** An address and where it stands. */
export interface UnicastPeer {
  readonly value: string;
  readonly location: Location;
}

/** The peers in order. What is no address is an error: keepalived skips it, and that peer then hears nothing. */
export function lowerUnicastPeers(
  statements: readonly Statement[],
  context: LowerContext,
): readonly UnicastPeer[] {
  const peers: UnicastPeer[] = [];
  for (const { words } of statements) {
    const [token, option] = words;
    if (token === undefined) continue;
    const address = readIpAddress(token, context);
    if (option !== undefined) reportOption(option, context);
    if (address === undefined) continue;
    if (peers.some((peer) => peer.value === address)) reportTwice(token, context);
    else peers.push({ value: address, location: tokenLocation(token) });
  }
  return peers;
}

/** One spelling for each address; undefined after an error where the word is none. */
export function readIpAddress(token: Token, context: LowerContext): string | undefined {
  const octets = parseAddress(token.text);
  if (octets !== undefined) return octets.length === 16 ? formatIpv6(octets) : token.text;
  context.report({
    severity: "error",
    code: "invalid-address",
    message: `\`${token.text}\` is no IP address`,
    location: tokenLocation(token),
    suggestion: "write the address alone, without a length",
  });
  return undefined;
}

function reportOption(option: Token, context: LowerContext): void {
  const isTtl = option.text === "min_ttl" || option.text === "max_ttl";
  context.report({
    severity: "error",
    code: isTtl ? "unsupported-keyword" : "unknown-word",
    message: isTtl
      ? `\`${option.text}\` is not supported yet; running without it would take adverts from any distance`
      : `unknown word \`${option.text}\` behind a peer`,
    location: tokenLocation(option),
  });
}

function reportTwice(token: Token, context: LowerContext): void {
  context.report({
    severity: "warning",
    code: "duplicate-peer",
    message: `the peer \`${token.text}\` is listed twice`,
    location: tokenLocation(token),
  });
}
