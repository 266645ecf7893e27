/** What two blocks of one file must not have in common. */

import type { VirtualRouterConfig } from "../../contracts/config/schema.ts";
import { formatRouterKey, subjectToken } from "../../contracts/identity.ts";
import type { RouterDraft } from "./blocks/router-draft.ts";
import type { Report } from "./diagnostics.ts";
import { type Token, tokenLocation } from "./lexer.ts";
import type { SyncGroupEntry } from "./sync-groups.ts";

/** A router, the word that names it and what its block says. */
export interface RouterEntry {
  readonly router: VirtualRouterConfig;
  readonly name: Token;
  readonly draft: RouterDraft;
}

/** Two routers must not share a VRID on an interface, nor an address; nor anything the name of its events. */
export function reportCollisions(
  entries: readonly RouterEntry[],
  groups: readonly SyncGroupEntry[],
  report: Report,
): void {
  reportNames([...entries, ...groups], report);
  const seen = new Map<string, RouterEntry>();
  const first = (key: string, entry: RouterEntry) => {
    const earlier = seen.get(key);
    if (earlier === undefined) seen.set(key, entry);
    return earlier === entry ? undefined : earlier;
  };
  for (const entry of entries) {
    const { router, name, draft } = entry;
    const sameKey = first(formatRouterKey(router), entry);
    if (sameKey !== undefined) {
      report({
        severity: "error",
        code: "duplicate-virtual-router-id",
        message: `${sameKey.router.name} and ${router.name} both use VRID ${router.virtualRouterId} on ${router.interface}`,
        location: draft.virtualRouterId?.location ?? tokenLocation(name),
        keepalived: `${sameKey.router.name} and ${router.name} both use VRID ${router.virtualRouterId} with IPv4 on interface ${router.interface}; it exits`,
        suggestion: "give each router of an interface its own virtual_router_id",
      });
    }
    for (const { address, token } of draft.addresses ?? []) {
      const sameAddress = first(`address ${address}`, entry);
      if (sameAddress === undefined) continue;
      report({
        severity: "warning",
        code: "address-in-two-routers",
        message: `\`${address}\` is also an address of ${sameAddress.router.name}`,
        location: tokenLocation(token),
        suggestion: "give each address to one router: two can be active on different nodes",
      });
    }
  }
}

/** Routers and sync groups have their transitions in one place, so that each needs a name of its own there. */
function reportNames(entries: readonly { readonly name: Token }[], report: Report): void {
  const seen = new Map<string, Token>();
  for (const { name } of entries) {
    const token = subjectToken(name.text);
    const earlier = seen.get(token);
    if (earlier === undefined) seen.set(token, name);
    else {
      report({
        severity: "error",
        code: "name-collision",
        message: `\`${earlier.text}\` (line ${earlier.source.line}) and \`${name.text}\` have the same name in event subjects: ${token}`,
        location: tokenLocation(name),
        suggestion: "use names that differ in letters, digits, `_` and `-`, for sync groups too",
      });
    }
  }
}
