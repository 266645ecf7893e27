/** Tells the segment where a router's addresses live now: gratuitous ARP, or unsolicited neighbour advertisements. */

import type { VirtualRouterConfig } from "../contracts/config/schema.ts";
import { formatRouterKey } from "../contracts/identity.ts";
import { encodeGratuitousArp, encodeNeighbourAdvertisement } from "../contracts/wire/announcement.ts";
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
}

export interface Announcements {
  /** `repeat` rounds of one frame for each address; the outcome is the first one's. */
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
export function createAnnouncements({ announcer, links, desk }: AnnouncementsOptions): Announcements {
  const framesOf = memoPerRouter(arpFrames);
  /** By key: a router that is given other settings is another object. */
  const announcing = new Map<string, object>();
  const linksOf = (router: VirtualRouterConfig) => router.addresses.map((each) => links.link(each.interface));
  const framesFor = (router: VirtualRouterConfig, found: ReturnType<typeof linksOf>) =>
    framesOf(router, ...found.map((link) => link?.hardwareAddress));
  const sendRound = (router: VirtualRouterConfig): Outcome => {
    const found = linksOf(router);
    const frames = framesFor(router, found);
    for (const [index, { address, interface: name }] of router.addresses.entries()) {
      const link = found[index];
      if (link === undefined) return failure(`ENODEV: interface ${name} does not exist`);
      const sent = announcer.sendFrame(link.index, frames[index] ?? neighbourAdvertisement(address, link));
      if (!sent.ok) return sent;
    }
    return done;
  };
  return {
    start: (router, repeat) => {
      const first = repeat < 1 ? done : sendRound(router);
      if (!first.ok || repeat <= 1) return first;
      const burst = {};
      const key = formatRouterKey(router);
      announcing.set(key, burst);
      const sendOthers = () => {
        if (announcing.get(key) !== burst) return;
        announcing.delete(key);
        for (let round = 1; round < repeat && sendRound(router).ok; round++);
      };
      if (desk === undefined) sendOthers();
      else desk.post(sendOthers);
      return first;
    },
    stop: (router) => void announcing.delete(formatRouterKey(router)),
    prepare: (router) => void framesFor(router, linksOf(router)),
  };
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
