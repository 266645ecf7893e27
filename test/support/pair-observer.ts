/**
 * The program behind a pair's observer: sees adverts, ARP and neighbour advertisements on the ports of the switch, and
 * as the client asks for the virtual address over and over.
 */

import { vrrpProtocol } from "../../contracts/wire/advertisement.ts";
import { etherTypeArp, etherTypeIpv6 } from "../../contracts/wire/announcement.ts";
import { authenticationHeaderProtocol } from "../../contracts/wire/authentication-header.ts";
import { findLink } from "../../services/io/addresses.ts";
import { openAnnouncer } from "../../services/io/announcer.ts";
import { openPacketObserver } from "../../services/io/packet-observer.ts";
import { emitEvent, serveCalls } from "./namespaces.ts";
import type { ObservedPacket } from "./pair-frames.ts";
import { questionFrame } from "./pair-question.ts";

export type ObserverEvent =
  | ({ readonly kind: "packet" } & ObservedPacket)
  | { readonly kind: "error"; readonly error: string };

export type ObserverCalls = typeof calls;

const emit = (event: ObserverEvent) => emitEvent(event);

const calls = {
  /** Emits each frame that comes in by the interface under the name of the port. */
  watch: (interfaceName: string, port: string): void => {
    const opened = openPacketObserver({
      interface: interfaceName,
      ignoreOutgoing: true,
      onFrame: ({ frame, receivedAt }) => {
        if (isWanted(frame)) emit({ kind: "packet", port, at: receivedAt, frame });
      },
      onError: (error) => emit({ kind: "error", error: `${port}: ${error}` }),
    });
    if (!opened.ok) throw new Error(opened.error);
  },
  /** Asks "who has target? tell source" for as long as the program runs. */
  ask: (interfaceName: string, source: string, target: string, milliseconds: number): void => {
    const link = findLink(interfaceName);
    const announcer = openAnnouncer();
    if (!link.ok) throw new Error(link.error);
    if (!announcer.ok) throw new Error(announcer.error);
    const { index, hardwareAddress } = link.value;
    const frame = questionFrame(hardwareAddress, source, target);
    setInterval(() => announcer.value.sendFrame(index, frame), milliseconds);
  },
  /** Puts a whole frame on the segment. */
  send: (interfaceName: string, frame: Uint8Array): void => {
    const link = findLink(interfaceName);
    if (!link.ok) throw new Error(link.error);
    const announcer = openAnnouncer();
    if (!announcer.ok) throw new Error(announcer.error);
    const sent = announcer.value.sendFrame(link.value.index, frame);
    announcer.value.close();
    if (!sent.ok) throw new Error(sent.error);
  },
};

const etherTypeIpv4 = 0x0800;
/** Adverts without and with an Authentication Header. */
const protocols = [vrrpProtocol, authenticationHeaderProtocol];
const icmpv6 = 58;
const neighbourAdvertisement = 136;

function isWanted(frame: Uint8Array): boolean {
  const type = ((frame[12] ?? 0) << 8) | (frame[13] ?? 0);
  if (type === etherTypeIpv4) return protocols.includes(frame[23] ?? 0);
  if (type !== etherTypeIpv6) return type === etherTypeArp;
  return frame[20] === vrrpProtocol || (frame[20] === icmpv6 && frame[54] === neighbourAdvertisement);
}

serveCalls(calls);
