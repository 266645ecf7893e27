/**
 * The network as the daemon sees it: watches links and addresses, owns the advert sockets, and tells each virtual
 * router what concerns it. What routers ask for goes out by network-ports.ts.
 */

import type { VirtualRouterConfig } from "../contracts/config/schema.ts";
import type { LinkState } from "../contracts/events/facts.ts";
import { parametersOf } from "../machines/parameters.ts";
import { listAddresses } from "./io/addresses.ts";
import { openAnnouncer } from "./io/announcer.ts";
import { type LinkMonitorOptions, openLinkMonitor } from "./io/link-monitor.ts";
import type { AddressEvent } from "./io/link-table.ts";
import { type Outcome, success } from "./io/outcome.ts";
import { emptyStage, type NetworkPorts, networkPorts } from "./network-ports.ts";
import type { Clock } from "./ports.ts";
import { receiveDatagram } from "./receive.ts";
import { createSegment, type Segment } from "./segment.ts";
import type { VirtualRouter } from "./virtual-router.ts";

export interface NetworkOptions {
  readonly configs: readonly VirtualRouterConfig[];
  readonly clock: Clock;
  /** The running routers, as they are now. */
  readonly routers: () => Iterable<VirtualRouter>;
  /** Something an operator should read: lost events, a socket that cannot be opened. */
  readonly onNotice: (notice: string, detail: string) => void;
}

export interface Network {
  readonly ports: NetworkPorts;
  /** The same ways, ending in front of the kernel, for a rehearsal. */
  readonly stage: NetworkPorts;
  /** Tells a router that was just made what its interfaces are like, before its Startup. */
  introduce(router: VirtualRouter): void;
  /** Adverts for virtual routers that are not configured on the interface they came in on. */
  unknownAdverts(): number;
  close(): void;
}

/** Milliseconds in which an address that replaces another may come: the kernel tells the removal first. */
const replacementMilliseconds = 20;

/** Fails where the kernel refuses sockets: no privilege, no add-on. */
export function openNetwork(options: NetworkOptions): Outcome<Network> {
  const { configs, clock, routers, onNotice } = options;
  const segments = new Map<string, Segment>();
  const virtual = new Set(configs.flatMap((config) => config.addresses.map((each) => each.address)));
  let unknown = 0;

  const announcer = openAnnouncer();
  if (!announcer.ok) return announcer;
  const monitor = openLinkMonitor(watch());
  if (!monitor.ok) {
    announcer.value.close();
    return monitor;
  }
  const links = monitor.value;

  const stateOf = (name: string) => segments.get(name)?.state() ?? links.link(name)?.state ?? "absent";
  const tellLink = (name: string, router: VirtualRouter) =>
    router.dispatch({ type: "link.changed", at: clock.monotonic(), interface: name, state: stateOf(name) });
  const tellSource = (router: VirtualRouter) => {
    const address = segments.get(router.key.interface)?.source() ?? null;
    router.dispatch({ type: "primaryAddress.changed", at: clock.monotonic(), address });
  };
  const told = new Map<string, { readonly state: LinkState; readonly source: string | undefined }>();
  const update = (name: string) => {
    const before = told.get(name);
    segments.get(name)?.adjust();
    const state = stateOf(name);
    const source = segments.get(name)?.source();
    told.set(name, { state, source });
    // A thousand routers need not hear of each address among a thousand.
    const moved = before === undefined || before.source !== source;
    const changed = before?.state !== state;
    if (!moved && !changed) return;
    for (const router of routers()) {
      if (moved && router.key.interface === name) tellSource(router);
      if (changed) tellLink(name, router);
    }
  };

  const removals = new Map<string, NodeJS.Timeout>();
  const updateSoon = (name: string) => {
    if (removals.has(name)) return;
    const look = () => {
      removals.delete(name);
      update(name);
    };
    removals.set(name, setTimeout(look, replacementMilliseconds));
  };

  function watch(): LinkMonitorOptions {
    return {
      onLink: (link) => update(link.interface),
      onAddress: (event) => {
        if (virtual.has(event.address)) {
          if (event.change === "removed") tellLoss(event, routers(), clock);
        } else if (segments.has(event.interface)) {
          if (event.change === "added") update(event.interface);
          else updateSoon(event.interface);
        }
      },
      onOverrun: () => onNotice("netlinkOverrun", "the kernel dropped link events; all was read anew"),
      onError: (error) => onNotice("network", error),
    };
  }

  for (const name of new Set(configs.map((config) => config.interface))) {
    const segment = createSegment({
      name,
      links,
      isVirtual: (address) => virtual.has(address),
      onDatagram: (datagram) => {
        if (!receiveDatagram(datagram, routers(), clock)) unknown++;
      },
      onChange: () => update(name),
      onNotice,
    });
    segments.set(name, segment);
    segment.adjust();
  }

  const ways = { announcer: announcer.value, links, segment: (name: string) => segments.get(name) };
  return success({
    ports: networkPorts(ways),
    stage: emptyStage(ways),
    introduce: (router) => {
      for (const name of parametersOf(router.config).trackedInterfaces) tellLink(name, router);
      tellSource(router);
    },
    unknownAdverts: () => unknown,
    close: () => {
      for (const removal of removals.values()) clearTimeout(removal);
      links.close();
      announcer.value.close();
      for (const segment of segments.values()) segment.close();
    },
  });
}

/** A removal of our own is told late, when the address may be back: the kernel has the last word. */
function tellLoss(event: AddressEvent, routers: Iterable<VirtualRouter>, clock: Clock): void {
  const { address, prefixLength, interface: name } = event;
  const bereft = [...routers].filter(
    (router) =>
      router.state() === "active" &&
      router.config.addresses.some(
        (each) => each.address === address && each.prefixLength === prefixLength && each.interface === name,
      ),
  );
  // Asked last, since it is dear: a thousand routers that withdraw are no longer active.
  if (bereft.length === 0 || isPresent(event)) return;
  for (const router of bereft) router.dispatch({ type: "address.lost", at: clock.monotonic(), address });
}

function isPresent({ address, interface: name }: AddressEvent): boolean {
  const present = listAddresses(name);
  return present.ok && present.value.some((each) => each.address === address);
}
