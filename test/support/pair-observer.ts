/**
 * The program behind a pair's observer: sees adverts and ARP on the ports of the switch, and as the client asks for
 * the virtual address over and over.
 */

import { parseIpv4 } from "../../contracts/addresses.ts";
import { vrrpProtocol } from "../../contracts/wire/advertisement.ts";
import { etherTypeArp } from "../../contracts/wire/announcement.ts";
import { authenticationHeaderProtocol } from "../../contracts/wire/authentication-header.ts";
import { findLink } from "../../services/io/addresses.ts";
import { openAnnouncer } from "../../services/io/announcer.ts";
import { openPacketObserver } from "../../services/io/packet-observer.ts";
import { emitEvent, serveCalls } from "./namespaces.ts";
import type { ObservedPacket } from "./pair-frames.ts";

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
  /** Broadcasts "who has target? tell source" for as long as the program runs. */
  ask: (interfaceName: string, source: string, target: string, milliseconds: number): void => {
    const link = findLink(interfaceName);
    const announcer = openAnnouncer();
    if (!link.ok) throw new Error(link.error);
    if (!announcer.ok) throw new Error(announcer.error);
    const { index, hardwareAddress } = link.value;
    const frame = question(hardwareAddress, source, target);
    setInterval(() => announcer.value.sendFrame(index, frame), milliseconds);
  },
};

const etherTypeIpv4 = 0x0800;

/** Adverts without and with an Authentication Header. */
const protocols = [vrrpProtocol, authenticationHeaderProtocol];

function isWanted(frame: Uint8Array): boolean {
  const type = ((frame[12] ?? 0) << 8) | (frame[13] ?? 0);
  return type === etherTypeArp || (type === etherTypeIpv4 && protocols.includes(frame[23] ?? 0));
}

function question(hardwareAddress: string, source: string, target: string): Uint8Array {
  const own = hardwareAddress.split(":").map((octet) => Number.parseInt(octet, 16));
  const broadcast = [255, 255, 255, 255, 255, 255];
  const header = [...broadcast, ...own, etherTypeArp >> 8, etherTypeArp & 0xff, 0, 1, 8, 0, 6, 4, 0, 1];
  return Uint8Array.from([
    ...header,
    ...own,
    ...(parseIpv4(source) ?? []),
    ...[0, 0, 0, 0, 0, 0],
    ...(parseIpv4(target) ?? []),
  ]);
}

serveCalls(calls);
