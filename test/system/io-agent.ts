/** The program of the io-*.test.ts files: does inside a namespace what the tests ask, and emits what it sees. */

import { existsSync } from "node:fs";
import {
  type AddressOnInterface,
  type AddressToInstall,
  findLink,
  installAddresses,
  listAddresses,
  removeAddresses,
} from "../../services/io/addresses.ts";
import { type AdvertSocket, openAdvertSocketIpv4 } from "../../services/io/advert-socket-ipv4.ts";
import { openAnnouncer } from "../../services/io/announcer.ts";
import { type LinkMonitor, openLinkMonitor } from "../../services/io/link-monitor.ts";
import type { AddressEvent, LinkState } from "../../services/io/link-table.ts";
import { type ControlMessage, openRawSocket, parseControl } from "../../services/io/native.ts";
import { openNetlinkMonitor } from "../../services/io/netlink-transport.ts";
import type { Outcome } from "../../services/io/outcome.ts";
import { openPacketObserver } from "../../services/io/packet-observer.ts";
import { linkAndAddressGroups } from "../../services/io/rtnetlink-codec.ts";
import { emitEvent, serveCalls } from "../support/namespaces.ts";

export type AgentEvent =
  | { readonly kind: "link"; readonly link: LinkState }
  | { readonly kind: "address"; readonly event: AddressEvent }
  | { readonly kind: "overrun" }
  | { readonly kind: "error"; readonly error: string }
  | { readonly kind: "uncaught"; readonly error: string }
  | { readonly kind: "message"; readonly type: number }
  | {
      readonly kind: "advert";
      readonly source: string;
      readonly destination: string;
      readonly ttl: number;
      readonly payload: Uint8Array;
    }
  | { readonly kind: "frame"; readonly frame: Uint8Array; readonly outgoing: boolean };

export type AgentCalls = typeof calls;

const emit = (event: AgentEvent) => emitEvent(event);
const onError = (error: string) => emit({ kind: "error", error });

let monitor: LinkMonitor | undefined;
let socket: AdvertSocket | undefined;

const calls = {
  install: (addresses: readonly AddressToInstall[]) => installAddresses(addresses),
  remove: (addresses: readonly AddressOnInterface[]) => removeAddresses(addresses),
  list: (interfaceName?: string) => listAddresses(interfaceName),
  find: (interfaceName: string) => findLink(interfaceName),

  /** Starts the link monitor. With `throws` every handler throws after it has emitted. */
  watchLinks: (throws = false): string => {
    const afterwards = () => {
      if (throws) throw new Error("handler on purpose");
    };
    const opened = openLinkMonitor({
      onLink: (link) => {
        emit({ kind: "link", link });
        afterwards();
      },
      onAddress: (event) => {
        emit({ kind: "address", event });
        afterwards();
      },
      onOverrun: () => {
        emit({ kind: "overrun" });
        afterwards();
      },
      onError,
    });
    monitor = opened.ok ? opened.value : undefined;
    return opened.ok ? "ok" : opened.error;
  },
  links: () => monitor?.links() ?? [],
  addresses: (interfaceName: string) => monitor?.addresses(interfaceName).map(({ address }) => address) ?? [],
  primaryAddress: (interfaceName: string, excluded: readonly string[]) =>
    monitor?.primaryAddress(interfaceName, (address) => excluded.includes(address)),
  /** Keeps the event loop busy until a file exists, thirty seconds at most. */
  blockUntil: (path: string) => {
    const end = Date.now() + 30_000;
    while (!existsSync(path) && Date.now() < end);
  },

  /** A netlink socket whose handler throws for each message. */
  watchNetlinkThrowing: (): boolean => {
    process.on("uncaughtException", (error) => emit({ kind: "uncaught", error: error.message }));
    return openNetlinkMonitor({
      groups: linkAndAddressGroups,
      onMessage: ({ type }) => {
        emit({ kind: "message", type });
        throw new Error("thrown in a netlink handler");
      },
      onOverrun: () => undefined,
      onError,
    }).ok;
  },

  openAdvertSocket: (interfaceName: string, sourceAddress: string, throws = false): string => {
    const opened = openAdvertSocketIpv4({
      interface: interfaceName,
      sourceAddress,
      onDatagram: ({ source, destination, ttl, payload }) => {
        emit({ kind: "advert", source, destination, ttl, payload });
        if (throws) throw new Error("handler on purpose");
      },
      onError,
    });
    socket = opened.ok ? opened.value : undefined;
    return opened.ok ? "ok" : opened.error;
  },
  sendAdvert: (payload: Uint8Array): Outcome => socket?.send(payload) ?? { ok: false, error: "no socket" },
  setSourceAddress: (address: string): Outcome =>
    socket?.setSourceAddress(address) ?? { ok: false, error: "no socket" },
  closeAdvertSocket: () => socket?.close(),
  collectGarbage: () => globalThis.gc?.(),

  /** Sends a datagram of protocol 112 to ::1 and answers with what came beside it: hop limit and packet info. */
  receiveIpv6Control: (): readonly ControlMessage[] => {
    const [afInet6, sockRaw, solIpv6, receivePacketInfo, receiveHopLimit, unicastHops] = [
      10, 3, 41, 49, 51, 16,
    ];
    const opened = openRawSocket(afInet6, sockRaw, 112);
    if (!opened.ok) throw new Error(opened.error);
    const raw = opened.value;
    for (const option of [receivePacketInfo, receiveHopLimit]) raw.setOption(solIpv6, option, 1);
    raw.setOption(solIpv6, unicastHops, 255);
    const loopback = Buffer.alloc(28);
    loopback.set(new Uint8Array(Uint16Array.of(afInet6).buffer));
    loopback[23] = 1;
    raw.send(Buffer.alloc(40), loopback);
    const received = raw.receive();
    raw.close();
    return received.ok && received.value !== undefined ? parseControl(received.value.control) : [];
  },

  observe: (interfaceName: string): string => {
    const opened = openPacketObserver({
      interface: interfaceName,
      onFrame: ({ frame, outgoing }) => emit({ kind: "frame", frame, outgoing }),
      onError,
    });
    return opened.ok ? "ok" : opened.error;
  },
  sendFrame: (interfaceIndex: number, frame: Uint8Array): Outcome => {
    const announcer = openAnnouncer();
    if (!announcer.ok) return announcer;
    const outcome = announcer.value.sendFrame(interfaceIndex, frame);
    announcer.value.close();
    return outcome;
  },
};

serveCalls(calls);
