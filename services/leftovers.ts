/**
 * What a predecessor that was killed may have left on the interfaces is removed before anything else (keepalived
 * S7): the virtual addresses of this configuration, and those that the journal says are still installed; its routes and
 * rules too, where they carry our protocol number.
 */

import { parseAddress } from "../contracts/addresses.ts";
import type { DaemonConfig } from "../contracts/config/schema.ts";
import type { EventRecord } from "../contracts/events/envelope.ts";
import { type AddressOnInterface, listAddresses, removeAddress } from "./io/addresses.ts";
import { type Outcome, success } from "./io/outcome.ts";
import { removeRouting } from "./io/routing.ts";
import type { Journal } from "./journal/journal.ts";
import { leftoverAddresses } from "./journal/leftover-addresses.ts";

/** How far back the journal is asked. A running daemon withdraws what it installed; only its last words matter. */
const recordsRead = 10_000;

export interface Leftovers {
  /** As `address/length@interface`, and routes and rules as `ip` has them. */
  readonly removed: readonly string[];
  /** What the kernel said of those it would not remove. */
  readonly refused: readonly string[];
}

/** Fails where the kernel does not even list its addresses: no privilege, no add-on. */
export function removeLeftovers(config: DaemonConfig, journal: Journal): Outcome<Leftovers> {
  const present = listAddresses();
  if (!present.ok) return present;
  const recorded = leftoverAddresses(lastRecords(journal)).flatMap(parseLeftover);
  const configured = config.routers.flatMap((router) => router.addresses);
  const candidates = new Map([...recorded, ...configured].map((each) => [nameOf(each), each]));
  const removed: string[] = [];
  const refused: string[] = [];
  // Rules and routes first, as when a router leaves its role.
  for (const { routing } of config.routers) {
    if (routing === undefined) continue;
    const found = removeRouting(routing);
    removed.push(...found.removed);
    if (!found.outcome.ok) refused.push(found.outcome.error);
  }
  for (const [name, address] of candidates) {
    if (!present.value.some((each) => nameOf(each) === name)) continue;
    const outcome = removeAddress(address);
    if (outcome.ok) removed.push(name);
    else refused.push(outcome.error);
  }
  return success({ removed, refused });
}

/** A store that was renewed at this start keeps the predecessor's records under its former name. */
function lastRecords(journal: Journal): Iterable<EventRecord> {
  const { former } = journal;
  if (former !== undefined) return journal.read({ fromPosition: 1, incarnation: former });
  return journal.read({ fromPosition: Math.max(1, journal.position() - recordsRead) });
}

function nameOf({ address, prefixLength, interface: name }: AddressOnInterface): string {
  return `${address}/${prefixLength}@${name}`;
}

function parseLeftover(text: string): AddressOnInterface[] {
  const [, address = "", length, name = ""] = /^([^/]+)\/(\d+)@(.+)$/u.exec(text) ?? [];
  if (parseAddress(address) === undefined) return [];
  return [{ address, prefixLength: Number(length), interface: name }];
}
