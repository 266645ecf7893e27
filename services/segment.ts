/**
 * One interface that carries adverts of one family: keeps the advert socket fitted to the interface as it is now. A
 * socket is bound to an interface index, so an interface that was made anew needs a new one. A virtual MAC's interface
 * sends from its parent's address, and hears only what comes from that same virtual MAC: Linux gives such frames to it
 * and not to its parent, and the firewall keeps the others from it, which the parent hears.
 */

import type { VirtualRouterConfig } from "../contracts/config/schema.ts";
import type { LinkState } from "../contracts/events/facts.ts";
import type { Family } from "../contracts/wire/advertisement.ts";
import type { AdvertDatagram } from "./io/advert-datagram.ts";
import { type AdvertSocket, openAdvertSocketIpv4 } from "./io/advert-socket-ipv4.ts";
import { openAdvertSocketIpv6 } from "./io/advert-socket-ipv6.ts";
import type { LinkMonitor } from "./io/link-monitor.ts";
import type { Outcome } from "./io/outcome.ts";

export interface SegmentOptions {
  readonly name: string;
  readonly family: Family;
  /** The real interface, where this is a virtual MAC's. */
  readonly parent?: string | undefined;
  readonly links: LinkMonitor;
  /** Adverts have an Authentication Header, and so a socket of their own. IPv4. */
  readonly authenticated: boolean;
  /**
   * Only routers that need it send by it: unicasts of IPv4, whose source the kernel would choose, and whatever leaves from
   * an address that was chosen. They hear the interface's other segment; unicasts to a chosen IPv6 address come in here.
   */
  readonly isWayOut: boolean;
  /** Where adverts go and are heard, if not at the usual group. */
  readonly group?: string | undefined;
  /** The configured source; the primary or link-local address where it is left out. */
  readonly chosenSource?: string | undefined;
  /** Virtual addresses are never the source of adverts. */
  readonly isVirtual: (address: string) => boolean;
  readonly onDatagram: (datagram: AdvertDatagram) => void;
  /** The socket may be there again, without an event of the interface. */
  readonly onChange: () => void;
  readonly onNotice: (notice: string, detail: string) => void;
}

export interface Segment {
  readonly name: string;
  readonly family: Family;
  /** The interface whose address adverts leave from. */
  readonly addressed: string;
  /** Where adverts leave from: primary IPv4 or link-local IPv6 address; undefined while there is none. */
  source(): string | undefined;
  socket(): AdvertSocket | undefined;
  /** An interface whose advert socket cannot be opened counts as down: its routers hear nobody. */
  state(): LinkState;
  /** Opens, moves or closes the socket after the interface or its addresses changed. */
  adjust(): SegmentChange;
  close(): void;
}

/** What is another since the last adjustment; both at the first. */
export interface SegmentChange {
  readonly source: boolean;
  readonly state: boolean;
}

/** Which segment a router hears adverts on: those with an Authentication Header have one of their own. */
export function segmentKey({
  interface: name,
  family,
  authentication,
  multicastGroup: group,
}: Pick<VirtualRouterConfig, "interface" | "family" | "authentication" | "multicastGroup">): string {
  const suffix = group === undefined ? "" : `/to ${group}`;
  return `${name}/${family}${authentication.type === "header" ? "/authenticated" : ""}${suffix}`;
}

/** Which segment a router's own adverts leave by. */
export function wayOutKey(config: VirtualRouterConfig): string {
  const { virtualMac, sourceAddress, family, unicast } = config;
  const isOwn = virtualMac !== undefined && !virtualMac.advertsOnParent;
  const place = segmentKey(isOwn ? { ...config, interface: virtualMac.interface } : config);
  if (sourceAddress !== undefined) return `${place}/${sourceAddress}`;
  return family === "ipv4" && unicast !== undefined ? `${place}/unicast` : place;
}

/** What a segment is opened for. */
export type Place = Pick<
  SegmentOptions,
  "name" | "family" | "parent" | "authenticated" | "isWayOut" | "chosenSource" | "group"
>;

/**
 * Where a router's adverts pass: its interface and, where it has one, its virtual MAC's, and a way out of its own where
 * its source is. One with an Authentication Header hears adverts without one too, to tell of a peer that has none.
 */
export function placesOf(config: VirtualRouterConfig): (readonly [key: string, place: Place])[] {
  const { interface: parent, family, authentication, virtualMac, unicast, sourceAddress } = config;
  const group = config.multicastGroup === undefined ? {} : { group: config.multicastGroup };
  const isAuthenticated = authentication.type === "header";
  const heard = (isAuthenticated ? [true, false] : [false]).flatMap((authenticated) => {
    const place = authenticated ? config : ({ ...config, authentication: { type: "none" } } as const);
    const hearing = { family, authenticated, isWayOut: false, ...group };
    const own = [segmentKey(place), { ...hearing, name: parent }] as const;
    if (virtualMac === undefined) return [own];
    const { interface: name } = virtualMac;
    return [own, [segmentKey({ ...place, interface: name }), { ...hearing, name, parent }] as const];
  });
  const sendsOnMac = virtualMac !== undefined && !virtualMac.advertsOnParent;
  const isOwn = sourceAddress !== undefined || (family === "ipv4" && unicast !== undefined);
  const wayOut = {
    ...(sendsOnMac ? { name: virtualMac.interface, parent } : { name: parent }),
    family,
    authenticated: isAuthenticated,
    isWayOut: isOwn,
    chosenSource: sourceAddress,
    ...group,
  };
  // Else it sends where it hears.
  return isOwn ? [...heard, [wayOutKey(config), wayOut]] : heard;
}

/** How long a socket that could not be opened is left alone. */
const retryMilliseconds = 5_000;

export function createSegment(options: SegmentOptions): Segment {
  const { name, family, links, chosenSource } = options;
  const addressed = options.parent ?? name;
  let index: number | undefined;
  let source: string | undefined;
  let socket: AdvertSocket | undefined;
  let retry: NodeJS.Timeout | undefined;
  let last: { readonly source: string | undefined; readonly state: LinkState } | undefined;

  const drop = () => {
    socket?.close();
    socket = undefined;
  };
  const retryLater = () => {
    clearTimeout(retry);
    retry = setTimeout(() => {
      options.onChange();
    }, retryMilliseconds);
  };
  const open = (address: string) => {
    const opened = openSocket(options, address);
    if (opened.ok) {
      socket = opened.value;
    } else {
      options.onNotice("advertSocket", opened.error);
      retryLater();
    }
  };
  const chosen = (wanted: string) => {
    const isThere = links
      .addresses(addressed)
      .some(({ address, tentative }) => address === wanted && !tentative);
    return isThere && !options.isVirtual(wanted) ? wanted : undefined;
  };
  const fitSocket = () => {
    const link = links.link(name);
    if (link?.index !== index) drop();
    index = link?.index;
    const find = family === "ipv4" ? links.primaryAddress : links.linkLocalAddress;
    const own = () => find(addressed, options.isVirtual);
    source = link === undefined ? undefined : chosenSource === undefined ? own() : chosen(chosenSource);
    if (source === undefined) return;
    if (socket === undefined) return open(source);
    if (source === last?.source) return;
    const moved = socket.setSourceAddress(source);
    if (!moved.ok) options.onNotice("advertSocket", moved.error);
  };
  const state = (): LinkState => {
    const link = links.link(name);
    if (link === undefined) return "absent";
    return source !== undefined && socket === undefined ? "down" : link.state;
  };

  return {
    name,
    family,
    addressed,
    source: () => source,
    socket: () => socket,
    state,
    adjust: () => {
      fitSocket();
      const before = last;
      last = { source, state: state() };
      return { source: before?.source !== last.source || !before, state: before?.state !== last.state };
    },
    close: () => {
      clearTimeout(retry);
      drop();
    },
  };
}

function openSocket(
  { name, family, parent, authenticated, isWayOut, group, onDatagram, onNotice }: SegmentOptions,
  sourceAddress: string,
): Outcome<AdvertSocket> {
  const onError = (error: string) => onNotice("advertSocket", error);
  const common = { interface: name, sourceAddress, group, onDatagram, onError };
  return family === "ipv6"
    ? openAdvertSocketIpv6({ ...common, isUnicast: isWayOut, allowForeignSource: parent !== undefined })
    : openAdvertSocketIpv4({ ...common, authenticated, ownsHeader: isWayOut });
}
