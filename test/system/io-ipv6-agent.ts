/** The program of io-ipv6.test.ts: IPv6 adverts, group memberships and frames inside a namespace. */

import { findLink } from "../../services/io/addresses.ts";
import type { AdvertSocket } from "../../services/io/advert-socket-ipv4.ts";
import { openAdvertSocketIpv6 } from "../../services/io/advert-socket-ipv6.ts";
import { openAnnouncer } from "../../services/io/announcer.ts";
import { openRawSocket } from "../../services/io/native.ts";
import { failure, type Outcome } from "../../services/io/outcome.ts";
import { openPacketObserver } from "../../services/io/packet-observer.ts";
import { socketAddressIpv6, solIpv6 } from "../../services/io/socket-address-ipv6.ts";
import {
  openSolicitedNodeGroups,
  type SolicitedNodeGroups,
} from "../../services/io/solicited-node-groups.ts";
import { emitEvent, serveCalls } from "../support/namespaces.ts";

export type Ipv6Event =
  | {
      readonly kind: "advert";
      readonly source: string;
      readonly destination: string;
      readonly ttl: number;
      readonly payload: Uint8Array;
    }
  | { readonly kind: "frame"; readonly frame: Uint8Array }
  | { readonly kind: "error"; readonly error: string };

export type Ipv6Calls = typeof calls;

const emit = (event: Ipv6Event) => emitEvent(event);
const onError = (error: string) => emit({ kind: "error", error });

let socket: AdvertSocket | undefined;
let groups: SolicitedNodeGroups | undefined;

const calls = {
  find: (interfaceName: string) => findLink(interfaceName),

  openAdvertSocket: (
    interfaceName: string,
    sourceAddress: string,
    further: {
      readonly allowForeignSource?: boolean;
      readonly isUnicast?: boolean;
      readonly throws?: boolean;
    } = {},
  ): string => {
    const opened = openAdvertSocketIpv6({
      interface: interfaceName,
      sourceAddress,
      allowForeignSource: further.allowForeignSource,
      isUnicast: further.isUnicast,
      onDatagram: ({ source, destination, ttl, payload }) => {
        emit({ kind: "advert", source, destination, ttl, payload });
        if (further.throws === true) throw new Error("handler on purpose");
      },
      onError,
    });
    socket = opened.ok ? opened.value : undefined;
    return opened.ok ? "ok" : opened.error;
  },
  sendAdvert: (payload: Uint8Array, destination?: string, hopLimit?: number): Outcome =>
    socket?.send(payload, destination, hopLimit) ?? failure("no socket"),
  setSourceAddress: (address: string): Outcome => socket?.setSourceAddress(address) ?? failure("no socket"),
  closeAdvertSocket: () => socket?.close(),
  collectGarbage: () => globalThis.gc?.(),

  /** An advert that our own socket would not send: to ff02::12 with any hop limit. */
  sendWithHopLimit: (interfaceName: string, payload: Uint8Array, hopLimit: number): string => {
    const link = findLink(interfaceName);
    const opened = openRawSocket(10, 3, 112);
    if (!link.ok || !opened.ok) return "no link or no socket";
    const group = Uint8Array.from([0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x12]);
    opened.value.setOption(solIpv6, 18, hopLimit);
    const sent = opened.value.send(payload, socketAddressIpv6(group, link.value.index));
    opened.value.close();
    return sent.ok ? "ok" : sent.error;
  },

  openGroups: (interfaceName: string): string => {
    const opened = openSolicitedNodeGroups(interfaceName);
    groups = opened.ok ? opened.value : undefined;
    return opened.ok ? "ok" : opened.error;
  },
  joinGroups: (addresses: readonly string[]): readonly Outcome[] => groups?.join(addresses) ?? [],
  leaveGroups: (addresses: readonly string[]): readonly Outcome[] => groups?.leave(addresses) ?? [],
  joinedAddresses: (): readonly string[] => groups?.addresses() ?? [],
  closeGroups: () => groups?.close(),

  observe: (interfaceName: string): string => {
    const opened = openPacketObserver({
      interface: interfaceName,
      ignoreOutgoing: true,
      onFrame: ({ frame }) => emit({ kind: "frame", frame }),
      onError,
    });
    return opened.ok ? "ok" : opened.error;
  },
  sendFrame: (interfaceName: string, frame: Uint8Array): Outcome => {
    const link = findLink(interfaceName);
    if (!link.ok) return link;
    const announcer = openAnnouncer();
    if (!announcer.ok) return announcer;
    const outcome = announcer.value.sendFrame(link.value.index, frame);
    announcer.value.close();
    return outcome;
  },
};

serveCalls(calls);
