/** What a router's block and the defaults say of its part in elections -> the settings, where they are not the usual ones. */

import { defaults } from "../../contracts/config/defaults.ts";
import type { VirtualRouterConfig } from "../../contracts/config/schema.ts";
import { type Family, vrrpGroupIpv4, vrrpGroupIpv6 } from "../../contracts/wire/advertisement.ts";
import type { ElectionDraft, NodeElectionDraft } from "./blocks/election-rules.ts";
import type { RouterDraft } from "./blocks/router-draft.ts";
import type { Report } from "./diagnostics.ts";

type Election = Pick<
  VirtualRouterConfig,
  "downAdverts" | "yieldsWithAdvert" | "trustsKnownSender" | "multicastGroup" | "ignoresOwnInterface"
>;

/** Strict mode has three adverts and no last word (keepalived). */
export function resolveElection(
  draft: RouterDraft,
  globals: ElectionDraft & NodeElectionDraft,
  family: Family,
  isStrict: boolean,
  report: Report,
): Election {
  const downAdverts = isStrict ? defaults.downAdverts : (draft.downAdverts ?? globals.downAdverts);
  const yieldsWithAdvert = !isStrict && (draft.yieldsWithAdvert ?? globals.yieldsWithAdvert);
  const trustsKnownSender = draft.trustsKnownSender ?? globals.trustsKnownSender;
  reportPeers(draft, report);
  return {
    ...(downAdverts === undefined || downAdverts === defaults.downAdverts ? {} : { downAdverts }),
    ...(yieldsWithAdvert ? { yieldsWithAdvert } : {}),
    ...(trustsKnownSender ? { trustsKnownSender } : {}),
    ...groupOf(draft, globals, family, report),
    ...(draft.ignoresOwnInterface ? { ignoresOwnInterface: true } : {}),
  };
}

function groupOf(
  { multicastGroup: own, unicastPeers = [] }: RouterDraft,
  { groupIpv4, groupIpv6 }: NodeElectionDraft,
  family: Family,
  report: Report,
): Pick<VirtualRouterConfig, "multicastGroup"> {
  if (own !== undefined && own.value.includes(":") !== (family === "ipv6")) {
    report({
      severity: "error",
      code: "mixed-families",
      message: `\`${own.value}\` is of another family than the virtual addresses`,
      location: own.location,
    });
  }
  const group = own?.value ?? (family === "ipv6" ? groupIpv6 : groupIpv4);
  const usual = family === "ipv6" ? vrrpGroupIpv6 : vrrpGroupIpv4;
  const isUsual = group === undefined || group === usual;
  return isUsual || unicastPeers.length > 0 ? {} : { multicastGroup: group };
}

/** keepalived keeps such a router in fault for ever. */
function reportPeers({ needsPeers, unicastPeers = [] }: RouterDraft, report: Report): void {
  if (needsPeers === undefined || unicastPeers.length > 0) return;
  report({
    severity: "error",
    code: "no-unicast-peer",
    message: "`unicast_fault_no_peer` asks for peers, and `unicast_peer` names none",
    location: needsPeers,
    keepalived: "keeps the router in fault",
    suggestion: "name a peer in `unicast_peer`, or leave `unicast_fault_no_peer` out for multicast",
  });
}
