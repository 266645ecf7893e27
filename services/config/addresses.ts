/** The addresses of a router, each with the interface that carries it. */

import type { VirtualAddress } from "../../contracts/config/schema.ts";
import type { Family } from "../../contracts/wire/advertisement.ts";
import type { RouterDraft } from "./blocks/router-draft.ts";
import type { AddressDraft } from "./blocks/virtual-addresses.ts";
import type { Report } from "./diagnostics.ts";
import { type Token, tokenLocation } from "./lexer.ts";

/**
 * The addresses with their interfaces, those that are not advertised behind the others; `carriers` are the router's
 * interface and, where it has one, its virtual MAC's, which takes what `dev` does not put elsewhere. The same address twice
 * on one interface is an error.
 */
export function resolveAddresses(
  draft: RouterDraft,
  carriers: readonly string[],
  family: Family,
  report: Report,
): VirtualAddress[] {
  reportFirstAddress(draft, report);
  const seen = new Set<string>();
  const resolve = (each: AddressDraft, isExcluded: boolean): VirtualAddress => {
    const { address, prefixLength, interface: device, words, token } = each;
    const isOther = address.includes(":") !== (family === "ipv6");
    const isElsewhere = device !== undefined && device.text !== carriers[0];
    // A virtual MAC is of one family; an excluded address of the other one stays on the interface itself.
    const own = isOther ? carriers[0] : carriers.at(-1);
    const resolved = { address, prefixLength, interface: isElsewhere ? device.text : (own ?? "") };
    const key = `${address}/${prefixLength} ${resolved.interface}`;
    if (seen.has(key)) reportTwice(each, report);
    if (isOther && !isExcluded) reportFamily(token, report);
    seen.add(key);
    return { ...resolved, ...(isExcluded ? { isExcluded } : {}), ...words };
  };
  return [
    ...(draft.addresses ?? []).map((each) => resolve(each, false)),
    ...(draft.excludedAddresses ?? []).map((each) => resolve(each, true)),
  ];
}

function reportTwice({ address, prefixLength, token }: AddressDraft, report: Report): void {
  report({
    severity: "error",
    code: "duplicate-address",
    message: `\`${address}/${prefixLength}\` is listed twice`,
    location: tokenLocation(token),
    suggestion: "remove one of the two, here and on the peers",
  });
}

function reportFamily(token: Token, report: Report): void {
  report({
    severity: "error",
    code: "mixed-families",
    message: `\`${token.text}\` is of another family than the first address`,
    location: tokenLocation(token),
    keepalived: "address family must match VRRP instance; it skips the address, which then answers nowhere",
    suggestion:
      "put the addresses of the other family into virtual_ipaddress_excluded, or into an instance of their own",
  });
}

/** RFC 9568 5.2.9: the first IPv6 address is link-local. keepalived runs without, and so do its peers. */
function reportFirstAddress(draft: RouterDraft, report: Report): void {
  const first = draft.addresses?.[0];
  if (first === undefined || !first.address.includes(":") || /^fe[89ab]/u.test(first.address)) return;
  report({
    severity: "warning",
    code: "first-address-not-link-local",
    message: `the first IPv6 address is to be a link-local one, not \`${first.token.text}\` (RFC 9568 5.2.9)`,
    location: tokenLocation(first.token),
    keepalived: "logs it and goes on",
    suggestion: "put an address such as fe80::1 first, here and on the peers",
  });
}
