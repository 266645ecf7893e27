/** Who is to be active: the comparisons of RFC 9568 6.4.2 and 6.4.3, pure. */

import { compareAddresses } from "../contracts/addresses.ts";
import { ownerPriority } from "../contracts/config/limits.ts";
import type { AdvertReceived } from "../contracts/events/facts.ts";

/** An advert of priority 0: the active router stops (RFC 9568 5.2.4). */
export function isResignation(advert: AdvertReceived): boolean {
  return advert.priority === 0;
}

/** The router that owns the addresses has priority 255 and gives way to nobody (RFC 9568 6.1). */
export function isAddressOwner(priority: number): boolean {
  return priority === ownerPriority;
}

/**
 * Whether an active router gives way: the other's priority is higher, or equal and its address higher as an
 * unsigned number in network order (RFC 9568 6.4.3). Without an address of our own an equal priority wins.
 */
export function outranks(
  advert: AdvertReceived,
  priority: number,
  primaryAddress: string | null,
): "higherPriority" | "higherAddress" | undefined {
  if (advert.priority > priority) return "higherPriority";
  if (advert.priority < priority) return undefined;
  if (primaryAddress === null || compareAddresses(advert.source, primaryAddress) > 0) return "higherAddress";
  return undefined;
}

/**
 * Whether a backup follows the sender of a non-zero priority, that is re-arms Active_Down_Timer: it does not
 * preempt, or the other's priority is at least its own; the address plays no part (RFC 9568 6.4.2).
 */
export function isFollowed(advert: AdvertReceived, priority: number, preempt: boolean): boolean {
  return !preempt || advert.priority >= priority;
}
