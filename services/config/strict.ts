/** `vrrp_strict` and `strict_mode`: what the RFCs do not know is taken out of a router, each with a word, as keepalived does it. */

import { ownerPriority } from "../../contracts/config/limits.ts";
import type { RouterDraft } from "./blocks/router-draft.ts";
import type { Location, Report } from "./diagnostics.ts";

/**
 * The draft without authentication, preempt delay and the like, and with what the RFCs say where the file is silent: no
 * answer to a lower priority, and no packets for the addresses unless the router owns them.
 */
export function strictDraft(
  router: string,
  draft: RouterDraft,
  version: 2 | 3,
  name: Location,
  report: Report,
): RouterDraft {
  const strict = { ...draft };
  const clear = (
    what: keyof RouterDraft,
    location: Location | undefined,
    message: string,
    keepalived: string,
  ) => {
    if (draft[what] === undefined || location === undefined) return;
    delete strict[what];
    report({
      severity: "warning",
      code: "strict-mode",
      message,
      location,
      keepalived: `(${router}) ${keepalived}`,
    });
  };
  clear(
    "authentication",
    draft.authentication?.location,
    "strict mode knows no authentication; the block is ignored, so the peers must send none",
    "Strict mode does not support authentication. Ignoring.",
  );
  clear(
    "preemptDelay",
    draft.preemptDelay?.location,
    "strict mode knows no preempt delay; it is ignored",
    "preempt_delay is incompatible with strict mode - resetting",
  );
  if ((draft.unicastPeers ?? []).length === 0) {
    clear(
      "advertsOnParent",
      draft.advertsOnParent,
      "strict mode sends adverts from the virtual MAC; `vmac_xmit_base` is ignored",
      "xmit_base is incompatible with strict mode - resetting",
    );
  }
  if (version === 2 && draft.acceptMode?.value === true) {
    clear(
      "acceptMode",
      draft.acceptMode.location,
      "RFC 3768 has no Accept_Mode; `accept` is ignored in strict mode",
      "warning - accept mode for VRRP version 2 does not comply with RFC3768 - resetting",
    );
  }
  const isOwner = draft.priority?.value === ownerPriority;
  if ((draft.state === "MASTER") !== isOwner && draft.priority !== undefined) {
    report({
      severity: "warning",
      code: "strict-mode",
      message: `in strict mode \`state MASTER\` and \`priority ${ownerPriority}\` go together; the priority decides`,
      location: name,
      keepalived: `(${router}) State MASTER must match being address owner`,
    });
  }
  return {
    ...strict,
    ...(draft.priority === undefined ? {} : { state: isOwner ? "MASTER" : "BACKUP" }),
    answersLowerPriority: strict.answersLowerPriority ?? false,
    acceptMode: strict.acceptMode ?? { value: isOwner, location: name },
  };
}
