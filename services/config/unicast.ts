/** The unicast settings of one vrrp_instance -> where its adverts go, and where they leave from. */

import { ttlRange } from "../../contracts/config/limits.ts";
import type { VirtualRouterConfig } from "../../contracts/config/schema.ts";
import type { Family } from "../../contracts/wire/advertisement.ts";
import type { RouterDraft } from "./blocks/router-draft.ts";
import type { Report } from "./diagnostics.ts";

/** Peers and source address, of the family of the virtual addresses. `isUsual`: only peers are heard where nothing else is said. */
export function resolveUnicast(
  { unicastPeers, sourceAddress, onlyFromPeers, unicastTtl }: RouterDraft,
  family: Family,
  isUsual: boolean,
  report: Report,
): Pick<VirtualRouterConfig, "unicast" | "sourceAddress"> {
  const peers = unicastPeers ?? [];
  for (const { value, location } of [...peers, ...(sourceAddress === undefined ? [] : [sourceAddress])]) {
    if (value.includes(":") === (family === "ipv6")) continue;
    report({
      severity: "error",
      code: "mixed-families",
      message: `\`${value}\` is of another family than the virtual addresses`,
      location,
    });
  }
  const unicast = {
    peers: peers.map(({ value, minimumTtl, maximumTtl }) => ({
      address: value,
      minimumTtl: minimumTtl ?? ttlRange.minimum,
      maximumTtl: maximumTtl ?? ttlRange.maximum,
    })),
    // keepalived: where one peer has bounds, nobody but the peers is heard.
    onlyFromPeers:
      (onlyFromPeers ?? isUsual) ||
      peers.some((peer) => peer.minimumTtl !== undefined || peer.maximumTtl !== undefined),
    ttl: unicastTtl ?? ttlRange.maximum,
  };
  return {
    ...(peers.length > 0 ? { unicast } : {}),
    ...(sourceAddress === undefined ? {} : { sourceAddress: sourceAddress.value }),
  };
}
