/**
 * Tells what of the kernel's routes and rules is gone. Some of it the kernel says; routes that went with an interface or
 * with the address they have as their source it drops without a word, and lets nobody put back before that is there again.
 */

import { type NetlinkMessage, openNetlinkMonitor } from "./netlink-transport.ts";
import type { Outcome } from "./outcome.ts";
import { addressKey, deletedKey, routingGroups } from "./routing-codec.ts";
import {
  DELADDR,
  DELLINK,
  decodeAddress,
  decodeLink,
  linkAndAddressGroups,
  NEWADDR,
  NEWLINK,
} from "./rtnetlink-codec.ts";

export interface RoutingMonitor {
  readonly close: () => void;
}

export function openRoutingMonitor(options: {
  /** A route, rule or address was deleted, by us or by somebody else; its key is routing-codec.ts's. */
  readonly onDeleted: (key: string) => void;
  /** Any of them may be gone, and can be put back now. */
  readonly onDoubt: () => void;
  readonly onError: (error: string) => void;
}): Outcome<RoutingMonitor> {
  const isBack = createReturns(options.onDeleted);
  return openNetlinkMonitor({
    groups: [...routingGroups, ...linkAndAddressGroups],
    onMessage: (message) => {
      const key = deletedKey(message);
      if (key !== undefined) options.onDeleted(key);
      else if (isBack(message)) options.onDoubt();
    },
    onOverrun: options.onDoubt,
    onError: options.onError,
  });
}

/** Whether a message says that an interface came up, or that an address is there again which was removed. */
function createReturns(onDeleted: (key: string) => void): (message: NetlinkMessage) => boolean {
  const links = new Map<number, boolean>();
  const removed = new Set<string>();
  return (message) => {
    if (message.type === NEWLINK || message.type === DELLINK) {
      const link = decodeLink(message);
      if (link === undefined) return false;
      const isUp = link.up && message.type === NEWLINK;
      const wasUp = links.get(link.index) === true;
      if (message.type === DELLINK) links.delete(link.index);
      else links.set(link.index, isUp);
      return isUp && !wasUp;
    }
    if (message.type !== NEWADDR && message.type !== DELADDR) return false;
    const address = decodeAddress(message);
    if (address === undefined) return false;
    const name = `${address.address}@${address.index}`;
    if (message.type === NEWADDR) return removed.delete(name);
    onDeleted(addressKey(address));
    // Addresses that never return must not fill the memory; forgetting one costs a look at the next interface event.
    if (removed.size < addressesRemembered) removed.add(name);
    return false;
  };
}

const addressesRemembered = 10_000;
