/**
 * The network as the daemon sees it: watches links and addresses, owns the advert sockets, and tells each virtual
 * router what concerns it. What routers ask for goes out by network-ports.ts.
 */

import type { VirtualRouterConfig } from "../contracts/config/schema.ts";
import { parametersOf } from "../machines/parameters.ts";
import { listAddresses } from "./io/addresses.ts";
import { openAnnouncer } from "./io/announcer.ts";
import { type LinkMonitorOptions, openLinkMonitor } from "./io/link-monitor.ts";
import type { AddressEvent } from "./io/link-table.ts";
import { type Outcome, success } from "./io/outcome.ts";
import { type NetworkPorts, networkPorts } from "./network-ports.ts";
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
  /** Tells a router that was just made what its interfaces are like, before its Startup. */
  introduce(router: VirtualRouter): void;
  /** Adverts for virtual routers that are not configured on the interface they came in on. */
  unknownAdverts(): number;
  close(): void;
}

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
  const update = (name: string) => {
    const segment = segments.get(name);
    const before = segment?.source();
    segment?.adjust();
    for (const router of routers()) {
      if (router.key.interface === name && segment?.source() !== before) tellSource(router);
      tellLink(name, router);
    }
  };

  function watch(): LinkMonitorOptions {
    return {
      onLink: (link) => update(link.interface),
      onAddress: (event) => {
        if (event.change === "removed" && virtual.has(event.address)) tellLoss(event, routers(), clock);
        else if (segments.has(event.interface)) update(event.interface);
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

  return success({
    ports: networkPorts({ announcer: announcer.value, links, segment: (name) => segments.get(name) }),
    introduce: (router) => {
      for (const name of parametersOf(router.config).trackedInterfaces) tellLink(name, router);
      tellSource(router);
    },
    unknownAdverts: () => unknown,
    close: () => {
      links.close();
      announcer.value.close();
      for (const segment of segments.values()) segment.close();
    },
  });
}

/** A removal of our own is told late, when the address may be back: the kernel has the last word. */
function tellLoss(event: AddressEvent, routers: Iterable<VirtualRouter>, clock: Clock): void {
  const { address, prefixLength, interface: name } = event;
  const present = listAddresses(name);
  if (present.ok && present.value.some((each) => each.address === address)) return;
  for (const router of routers) {
    if (router.state() !== "active") continue;
    const carries = router.config.addresses.some(
      (each) => each.address === address && each.prefixLength === prefixLength && each.interface === name,
    );
    if (carries) router.dispatch({ type: "address.lost", at: clock.monotonic(), address });
  }
}
