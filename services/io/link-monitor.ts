/**
 * Knows every interface of the network namespace and its addresses, and tells what changed: first all there is, then
 * each difference once. Where the kernel had to drop events, a fresh dump takes their place and only what differs is told.
 */

import { dumpAddresses, dumpLinks } from "./addresses.ts";
import {
  type AddressEvent,
  applyMessage,
  type LinkEntry,
  type LinkState,
  type LinkViews,
  replaceAll,
  type Told,
  viewsOf,
} from "./link-table.ts";
import { openNetlinkMonitor } from "./netlink-transport.ts";
import { describeThrown, failure, type Outcome, success } from "./outcome.ts";
import { linkAndAddressGroups } from "./rtnetlink-codec.ts";

export type LinkMonitorOptions = {
  readonly onLink: (link: LinkState) => void;
  readonly onAddress: (event: AddressEvent) => void;
  /** Events were lost; the differences follow by onLink and onAddress. */
  readonly onOverrun: () => void;
  /** A sentence about a failing dump, an unreadable message or a throwing handler. The monitor goes on. */
  readonly onError: (error: string) => void;
  /** Octets, before the kernel doubles them; for tests of the overrun. */
  readonly receiveBuffer?: number;
};

export type LinkMonitor = LinkViews & {
  /** Takes a fresh dump and tells the differences. */
  readonly resynchronise: () => Outcome;
  readonly close: () => void;
};

/**
 * When this returns the tables are filled; the callbacks for what was found run right after the calling code, before
 * any live event. Errors: no rights, no add-on.
 */
export function openLinkMonitor(options: LinkMonitorOptions): Outcome<LinkMonitor> {
  const table = new Map<number, LinkEntry>();
  let open = true;
  const tell = (events: readonly Told[]) => {
    for (const event of events) {
      if (open) tellSafely(options, event);
    }
  };
  const resynchronise = (): Outcome<readonly Told[]> => {
    const links = dumpLinks();
    if (!links.ok) return links;
    const addresses = dumpAddresses();
    if (!addresses.ok) return addresses;
    return success(replaceAll(table, links.value, addresses.value));
  };
  const resynchroniseAndTell = (): Outcome => {
    const events = resynchronise();
    if (!events.ok) return failure(`link monitor: no fresh dump: ${events.error}`);
    tell(events.value);
    return success(undefined);
  };
  const report = (error: string) => tell([{ kind: "error", error }]);
  const monitor = openNetlinkMonitor({
    groups: linkAndAddressGroups,
    ...(options.receiveBuffer === undefined ? {} : { receiveBuffer: options.receiveBuffer }),
    onMessage: (message) => tell(applyMessage(table, message)),
    onOverrun: () => {
      tell([{ kind: "overrun" }]);
      const outcome = resynchroniseAndTell();
      if (!outcome.ok) report(outcome.error);
    },
    onError: report,
  });
  if (!monitor.ok) return monitor;
  const first = resynchronise();
  if (!first.ok) {
    monitor.value.close();
    return first;
  }
  queueMicrotask(() => tell(first.value));
  const close = () => {
    open = false;
    monitor.value.close();
  };
  return success({ ...viewsOf(table), resynchronise: resynchroniseAndTell, close });
}

function tellSafely(options: LinkMonitorOptions, told: Told): void {
  try {
    if (told.kind === "link") options.onLink(told.link);
    else if (told.kind === "address") options.onAddress(told.event);
    else if (told.kind === "overrun") options.onOverrun();
    else options.onError(told.error);
  } catch (thrown) {
    if (told.kind === "error") throw thrown;
    options.onError(`link monitor: a handler threw: ${describeThrown(thrown)}`);
  }
}
