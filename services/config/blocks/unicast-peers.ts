/** `unicast_peer`: addresses that get the adverts instead of the multicast group, one a line. */

import { formatIpv6, parseAddress } from "../../../contracts/addresses.ts";
import { ttlRange } from "../../../contracts/config/limits.ts";
import type { Location } from "../diagnostics.ts";
import { type Token, tokenLocation } from "../lexer.ts";
import type { Statement } from "../parser.ts";
import { readInteger } from "../values.ts";
import type { LowerContext } from "./context.ts";

/** An address and where it stands, with the bounds of its TTL where they are given. */
export interface UnicastPeer {
  readonly value: string;
  readonly location: Location;
  readonly minimumTtl?: number;
  readonly maximumTtl?: number;
}

/** The peers in order. What is no address is an error: keepalived skips it, and that peer then hears nothing. */
export function lowerUnicastPeers(
  statements: readonly Statement[],
  context: LowerContext,
): readonly UnicastPeer[] {
  const peers: UnicastPeer[] = [];
  for (const { words } of statements) {
    const [token, ...options] = words;
    if (token === undefined) continue;
    const address = readIpAddress(token, context);
    const bounds = readBounds(token, options, context);
    if (address === undefined) continue;
    if (peers.some((peer) => peer.value === address)) reportTwice(token, context);
    else peers.push({ value: address, location: tokenLocation(token), ...bounds });
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

type Bounds = Pick<UnicastPeer, "minimumTtl" | "maximumTtl">;

/** `min_ttl N` and `max_ttl N` behind a peer, in any order. */
function readBounds(peer: Token, options: readonly Token[], context: LowerContext): Bounds {
  let bounds: Bounds = {};
  for (let index = 0; index < options.length; index += 2) {
    const [option, value] = [options[index], options[index + 1]];
    if (option === undefined) break;
    const isMinimum = option.text === "min_ttl";
    if (!isMinimum && option.text !== "max_ttl") {
      reportOption(option, "unknown-word", `unknown word \`${option.text}\` behind a peer`, context);
      break;
    }
    if (value === undefined) {
      reportOption(option, "missing-parameter", `\`${option.text}\` needs a value`, context);
      break;
    }
    const ttl = readInteger(option.text, value, ttlRange, context.report);
    if (ttl !== undefined) bounds = { ...bounds, ...(isMinimum ? { minimumTtl: ttl } : { maximumTtl: ttl }) };
  }
  const { minimumTtl = ttlRange.minimum, maximumTtl = ttlRange.maximum } = bounds;
  if (minimumTtl > maximumTtl) {
    const message = `min_ttl ${minimumTtl} is above max_ttl ${maximumTtl}: no advert of this peer would be taken`;
    reportOption(peer, "ttl-bounds", message, context);
  }
  return bounds;
}

function reportOption(at: Token, code: string, message: string, context: LowerContext): void {
  context.report({ severity: "error", code, message, location: tokenLocation(at) });
}

function reportTwice(token: Token, context: LowerContext): void {
  context.report({
    severity: "warning",
    code: "duplicate-peer",
    message: `the peer \`${token.text}\` is listed twice`,
    location: tokenLocation(token),
  });
}
