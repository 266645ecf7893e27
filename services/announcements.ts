/** Tells the segment where a router's addresses live now: gratuitous ARP, or unsolicited neighbour advertisements. */

import type { VirtualAddress, VirtualRouterConfig } from "../contracts/config/schema.ts";
import { formatRouterKey } from "../contracts/identity.ts";
import { encodeGratuitousArp, encodeNeighbourAdvertisement } from "../contracts/wire/announcement.ts";
import type { Line, Pace } from "./announcement-pace.ts";
import type { Desk } from "./desk.ts";
import type { Announcer } from "./io/announcer.ts";
import type { LinkMonitor } from "./io/link-monitor.ts";
import type { LinkState } from "./io/link-table.ts";
import { done, failure, type Outcome } from "./io/outcome.ts";
import { readSysctl } from "./io/sysctl.ts";
import { memoPerRouter } from "./memo.ts";

export interface AnnouncementsOptions {
  readonly announcer: Pick<Announcer, "sendFrame">;
  readonly links: Pick<LinkMonitor, "link">;
  /** Where rounds after the first wait while other routers are served; done at once without it. */
  readonly desk?: Pick<Desk, "post">;
  /** Gaps between two announcements; none where it is left out. */
  readonly pace?: Pick<Pace, "line" | "drop">;
}

export interface Announcements {
  /** `repeat` rounds of one frame for each address; the outcome is the first one's, as far as none has to wait. */
  start(router: VirtualRouterConfig, repeat: number): Outcome;
  /** No further round: the addresses are no longer ours. */
  stop(router: VirtualRouterConfig): void;
  /** Makes the frames, where they can be known before. */
  prepare(router: VirtualRouterConfig): void;
}

/**
 * The first round at once, which is the one that moves the addresses; the others, which are for frames that get lost, when
 * every router that is due has had its first, and only while the addresses are still ours.
 */
export function createAnnouncements({ announcer, links, desk, pace }: AnnouncementsOptions): Announcements {
  const framesOf = memoPerRouter(arpFrames);
  /** By key: a router that is given other settings is another object. */
  const announcing = new Map<string, object>();
  const linksOf = (router: VirtualRouterConfig) => router.addresses.map((each) => links.link(each.interface));
  const framesFor = (router: VirtualRouterConfig, found: ReturnType<typeof linksOf>) =>
    framesOf(router, ...found.map((link) => link?.hardwareAddress));
  const sendRound = (router: VirtualRouterConfig, positions: readonly number[]): Outcome => {
    const found = linksOf(router);
    const frames = framesFor(router, found);
    for (const position of positions) {
      const { address = "", interface: name } = router.addresses[position] ?? {};
      const link = found[position];
      if (link === undefined) return failure(`ENODEV: interface ${name} does not exist`);
      const sent = announcer.sendFrame(link.index, frames[position] ?? neighbourAdvertisement(address, link));
      if (!sent.ok) return sent;
    }
    return done;
  };
  /** Hands over what has to wait for its turn; the positions of the others. */
  const queue = (router: VirtualRouterConfig, repeat: number, waits: Pick<Pace, "line">): Queued => {
    const lines = new Map<string, { readonly line: Line; readonly positions: number[] }>();
    const others: number[] = [];
    let outcome: Outcome = done;
    for (const [position, each] of router.addresses.entries()) {
      const [name, kind] = [
        carrierOf(router, each),
        each.address.includes(":") ? "neighbour" : "arp",
      ] as const;
      const line = waits.line(name, kind);
      const known = lines.get(`${kind} ${name}`);
      if (line === undefined) others.push(position);
      else if (known === undefined) lines.set(`${kind} ${name}`, { line, positions: [position] });
      else known.positions.push(position);
    }
    for (const { line, positions } of lines.values()) {
      const send = (position: number) => {
        const sent = sendRound(router, positions.slice(position, position + 1));
        if (!sent.ok) outcome = sent;
        return sent.ok;
      };
      line.add({ owner: formatRouterKey(router), count: positions.length, repeat, send });
    }
    return { others, outcome };
  };
  return {
    start: (router, repeat) => {
      const { others: positions, outcome } =
        pace === undefined
          ? { others: [...router.addresses.keys()], outcome: done }
          : queue(router, repeat, pace);
      const sent = repeat < 1 ? done : sendRound(router, positions);
      const first = outcome.ok ? sent : outcome;
      if (!first.ok || repeat <= 1 || positions.length === 0) return first;
      const burst = {};
      const key = formatRouterKey(router);
      announcing.set(key, burst);
      const sendOthers = () => {
        if (announcing.get(key) !== burst) return;
        announcing.delete(key);
        for (let round = 1; round < repeat && sendRound(router, positions).ok; round++);
      };
      if (desk === undefined) sendOthers();
      else desk.post(sendOthers);
      return first;
    },
    stop: (router) => {
      announcing.delete(formatRouterKey(router));
      pace?.drop(formatRouterKey(router));
    },
    prepare: (router) => void framesFor(router, linksOf(router)),
  };
}

/** The positions of the addresses that do not have to wait, and what became of the frames that left at once. */
interface Queued {
  readonly others: readonly number[];
  readonly outcome: Outcome;
}

/** The interface that a segment is on: a virtual MAC sends by its router's, and shares its gap. */
function carrierOf({ interface: own, virtualMac }: VirtualRouterConfig, address: VirtualAddress): string {
  return address.interface === virtualMac?.interface ? own : address.interface;
}

/** Gratuitous ARP for each IPv4 address; undefined for one of IPv6, whose announcement depends on the host. */
function arpFrames(
  router: VirtualRouterConfig,
  ...hardwareAddresses: readonly (string | undefined)[]
): readonly (Uint8Array | undefined)[] {
  return router.addresses.map(({ address }, index) => {
    const hardwareAddress = hardwareAddresses[index];
    return address.includes(":") || hardwareAddress === undefined
      ? undefined
      : encodeGratuitousArp(address, hardwareOctets(hardwareAddress));
  });
}

function neighbourAdvertisement(address: string, link: LinkState): Uint8Array {
  const flags = { router: isForwarding(link.interface), solicited: false, override: true };
  return encodeNeighbourAdvertisement(address, hardwareOctets(link.hardwareAddress), flags);
}

/** The router flag tells the truth about the host, as keepalived's does: RFC 9568 6.4.2 speaks of routers. */
function isForwarding(name: string): boolean {
  const forwarding = readSysctl(`ipv6/conf/${name}/forwarding`);
  return forwarding.ok && forwarding.value !== 0;
}

/** "02:00:00:00:00:01" as octets. */
function hardwareOctets(text: string): number[] {
  return text.split(":").map((octet) => Number.parseInt(octet, 16));
}
