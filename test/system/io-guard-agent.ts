/** The program of io-virtual-mac.test.ts and io-firewall.test.ts: interfaces, settings and rules inside a namespace. */

import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { type AddressToInstall, findLink, installAddresses } from "../../services/io/addresses.ts";
import { type AdvertSocket, openAdvertSocketIpv4 } from "../../services/io/advert-socket-ipv4.ts";
import { openAdvertSocketIpv6 } from "../../services/io/advert-socket-ipv6.ts";
import { openAnnouncer } from "../../services/io/announcer.ts";
import { failure, type Outcome } from "../../services/io/outcome.ts";
import { openPacketObserver } from "../../services/io/packet-observer.ts";
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
  | { readonly kind: "error"; readonly error: string };

export type GuardCalls = typeof calls;

const emit = (event: GuardEvent) => emitEvent(event);
const onError = (error: string) => emit({ kind: "error", error });
const guard = createSysctlGuard();

let socket: AdvertSocket | undefined;

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
  /** Accepts TCP connections on all addresses of both families. */
  listen: (port: number) =>
    new Promise<void>((resolve) => createServer().listen(port, "::", () => resolve())),
};

serveCalls(calls);
