/** The program of io-virtual-mac.test.ts and io-firewall.test.ts: interfaces, settings and rules inside a namespace. */

import { readdirSync, readFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { formatIpv4, formatIpv6, parseAddress } from "../../contracts/addresses.ts";
import { internetChecksum } from "../../contracts/wire/checksum.ts";
import { type AddressToInstall, findLink, installAddresses } from "../../services/io/addresses.ts";
import { type AdvertSocket, openAdvertSocketIpv4 } from "../../services/io/advert-socket-ipv4.ts";
import { openAdvertSocketIpv6 } from "../../services/io/advert-socket-ipv6.ts";
import { openAnnouncer } from "../../services/io/announcer.ts";
import {
  type Firewall,
  openFirewall,
  type UnacceptedAddress,
  type VirtualMacInterface,
} from "../../services/io/firewall.ts";
import { openRawSocket, type RawSocket } from "../../services/io/native.ts";
import { failure, type Outcome } from "../../services/io/outcome.ts";
import { openPacketObserver } from "../../services/io/packet-observer.ts";
import { needsScope, socketAddressIpv6 } from "../../services/io/socket-address-ipv6.ts";
import { createSysctlGuard, readSysctl, setSysctl } from "../../services/io/sysctl.ts";
import {
  createVirtualMac,
  prepareForVirtualMac,
  removeVirtualMac,
  type VirtualMacOptions,
} from "../../services/io/virtual-mac.ts";
import { emitEvent, serveCalls } from "../support/namespaces.ts";

export type GuardEvent =
  | { readonly kind: "frame"; readonly frame: Uint8Array }
  | { readonly kind: "advert"; readonly source: string; readonly ttl: number }
  | { readonly kind: "reply"; readonly from: string }
  | { readonly kind: "error"; readonly error: string };

export type GuardCalls = typeof calls;

const emit = (event: GuardEvent) => emitEvent(event);
const onError = (error: string) => emit({ kind: "error", error });
const guard = createSysctlGuard();

let socket: AdvertSocket | undefined;
let firewall: Firewall | undefined;
let pings: { readonly ipv4: RawSocket; readonly ipv6: RawSocket } | undefined;

const calls = {
  createVirtualMac: (options: VirtualMacOptions) => createVirtualMac(options),
  removeVirtualMac: (name: string) => removeVirtualMac(name),
  prepare: (parent: string): Outcome => prepareForVirtualMac(guard, parent),
  guardSet: (path: string, value: number): Outcome => guard.set(path, value),
  guardChanged: () => guard.changed(),
  restore: (paths?: readonly string[]) => guard.restore(paths),
  setSysctl: (path: string, value: number) => setSysctl(path, value),
  readSysctl: (path: string) => readSysctl(path),
  /** Every readable setting of every interface, one "path = value" for each. */
  dumpSettings: (): readonly string[] => {
    const files = ["/proc/sys/net/ipv4/conf", "/proc/sys/net/ipv6/conf"].flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => `${folder}/${name}`),
    );
    return files.flatMap((file) => {
      try {
        return [`${file} = ${readFileSync(file, "utf8").trim()}`];
      } catch {
        return [];
      }
    });
  },

  find: (interfaceName: string) => findLink(interfaceName),
  install: (addresses: readonly AddressToInstall[]) => installAddresses(addresses),
  openAdvertSocket: (family: "ipv4" | "ipv6", interfaceName: string, sourceAddress: string): string => {
    const options = {
      interface: interfaceName,
      sourceAddress,
      onDatagram: ({ source, ttl }: { readonly source: string; readonly ttl: number }) =>
        emit({ kind: "advert", source, ttl }),
      onError,
    };
    const opened =
      family === "ipv4"
        ? openAdvertSocketIpv4(options)
        : openAdvertSocketIpv6({ ...options, allowForeignSource: true });
    socket = opened.ok ? opened.value : undefined;
    return opened.ok ? "ok" : opened.error;
  },
  sendAdvert: (payload: Uint8Array): Outcome => socket?.send(payload) ?? failure("no socket"),
  closeAdvertSocket: () => socket?.close(),

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
  openFirewall: (): string => {
    const opened = openFirewall();
    if (!opened.ok) return opened.error;
    firewall = opened.value;
    return "ok";
  },
  setUnaccepted: (addresses: readonly UnacceptedAddress[]): Outcome =>
    firewall?.setUnaccepted(addresses) ?? failure("no firewall"),
  setVirtualMacs: (virtualMacs: readonly VirtualMacInterface[]): Outcome =>
    firewall?.setVirtualMacs(virtualMacs) ?? failure("no firewall"),
  closeFirewall: (): Outcome => firewall?.close() ?? failure("no firewall"),

  /** Sends an ICMP echo request; replies are emitted. */
  ping: (address: string, interfaceName: string): Outcome => {
    const octets = parseAddress(address);
    const link = findLink(interfaceName);
    if (octets === undefined || !link.ok) return failure(`no way to ${address}`);
    pings ??= { ipv4: openPing(2, 1), ipv6: openPing(10, 58) };
    const echo = Uint8Array.from([octets.length === 4 ? 8 : 128, 0, 0, 0, 0, 1, 0, 1]);
    // The kernel sums ICMPv6 itself.
    if (octets.length === 4) new DataView(echo.buffer).setUint16(2, internetChecksum(echo));
    const to =
      octets.length === 4
        ? Buffer.concat([new Uint8Array(Uint16Array.of(2).buffer), Buffer.alloc(2), octets, Buffer.alloc(8)])
        : socketAddressIpv6(octets, needsScope(octets) ? link.value.index : 0);
    const sent = (octets.length === 4 ? pings.ipv4 : pings.ipv6).send(echo, to);
    return sent.ok ? { ok: true, value: undefined } : sent;
  },
  /** Accepts TCP connections on all addresses of both families. */
  listen: (port: number) =>
    new Promise<void>((resolve) => createServer().listen(port, "::", () => resolve())),
  connectTo: (host: string, port: number) => connectTo(host, port).connected,
  /** Whether `host` takes a connection before `marker` has taken five in a row, all asked after it. */
  connectBeside: async (host: string, marker: string, port: number): Promise<boolean> => {
    let connected = false;
    const attempt = connectTo(host, port);
    attempt.connected.then(
      () => {
        connected = true;
      },
      () => undefined,
    );
    for (let round = 0; round < 5; round++) await connectTo(marker, port).connected;
    attempt.end();
    return connected;
  },
};

function connectTo(host: string, port: number) {
  const stream = connect({ host, port });
  const connected = new Promise<string>((resolve, reject) => {
    stream.once("error", reject);
    stream.once("connect", () => {
      stream.destroy();
      resolve("connected");
    });
  });
  return { connected, end: () => stream.destroy() };
}

/** A raw socket of ICMP or ICMPv6 that emits the sender of each echo reply. */
function openPing(family: number, protocol: number): RawSocket {
  const opened = openRawSocket(family, 3, protocol);
  if (!opened.ok) throw new Error(opened.error);
  opened.value.watch({
    batch: 16,
    size: 1500,
    onDatagram: ({ data, address }) => {
      const isReply = protocol === 1 ? data[20] === 0 : data[0] === 129;
      if (isReply)
        emit({ kind: "reply", from: protocol === 1 ? formatIpv4(address, 4) : formatIpv6(address, 8) });
    },
    onError,
  });
  return opened.value;
}

serveCalls(calls);
