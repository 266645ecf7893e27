/**
 * VRRP over IPv6 (next header 112, RFC 9568 5.1.2) on one interface, over the native add-on: Node and the packages
 * show no hop limit, and it is the only proof that no router forwarded an advert. One socket serves all virtual routers
 * of an interface. The kernel checks nothing that the receive ladder is to count: neither hop limit nor checksum.
 */

import { formatIpv6, parseIpv6 } from "../../contracts/addresses.ts";
import { vrrpGroupIpv6, vrrpTtl } from "../../contracts/wire/advertisement.ts";
import { findLink } from "./addresses.ts";
import type { AdvertDatagram } from "./advert-datagram.ts";
import type { AdvertSocket } from "./advert-socket-ipv4.ts";
import { type Datagram, openRawSocket, parseControl, type RawSocket } from "./native.ts";
import { describeThrown, done, failure, type Outcome, success } from "./outcome.ts";
import { receiveClock, stampOf, stampReceives } from "./receive-time.ts";
import {
  afInet6,
  ipv6JoinGroup,
  multicastRequestIpv6,
  needsScope,
  socketAddressIpv6,
  solIpv6,
} from "./socket-address-ipv6.ts";

export type AdvertSocketIpv6Options = {
  readonly interface: string;
  /**
   * The source of every advert, verbatim: the link-local address of the interface, or a global one where the peers are
   * unicast. Unicasts arrive only where they are addressed to it.
   */
  readonly sourceAddress: string;
  /** As over IPv4; `ttl` is the hop limit and `payload` has no extension headers. */
  readonly onDatagram: (datagram: AdvertDatagram) => void;
  /** A sentence about a socket error or a throwing handler. The socket goes on. */
  readonly onError: (error: string) => void;
  /** Default ff02::12. */
  readonly group?: string | undefined;
  /** Hears only what is addressed to its source: adverts to the group are heard by another socket. */
  readonly isUnicast?: boolean | undefined;
  /**
   * Allows a source that the interface does not have: a virtual MAC's interface sends with the address of its parent
   * (RFC 9568 5.1.2.1), and giving it that address would make it answer neighbour solicitations for its parent.
   */
  readonly allowForeignSource?: boolean | undefined;
};

/**
 * A socket is bound to the interface as it is now, and to its source. Where the interface is deleted and made again,
 * even under its name, the socket is silent for good: close it and open another when the link monitor tells a new
 * index. A link that goes down loses its addresses and gets them back with it, and the socket goes on. Errors:
 * "EADDRNOTAVAIL: ..." where the source is not on the interface, or is tentative.
 */
export function openAdvertSocketIpv6(options: AdvertSocketIpv6Options): Outcome<AdvertSocket> {
  const link = findLink(options.interface);
  if (!link.ok) return link;
  const { index } = link.value;
  const group = parseIpv6(options.group ?? vrrpGroupIpv6);
  if (group === undefined) return failure(`${options.group} is no IPv6 address`);
  const opened = openRawSocket(afInet6, sockRaw, vrrpProtocol);
  if (!opened.ok) return failure(`advert socket on ${options.interface}: ${opened.error}`);
  const socket = opened.value;
  let open = true;
  let unicastHops: number = vrrpTtl;
  const setSourceAddress = (address: string): Outcome =>
    open ? setSource(socket, index, address) : failure("the advert socket is closed");
  const steps = [
    () => configure(socket, options, index, group),
    () => setSourceAddress(options.sourceAddress),
    () => stampReceives(socket),
    () => receive(socket, options),
  ];
  for (const step of steps) {
    const outcome = step();
    if (outcome.ok) continue;
    socket.close();
    return failure(`advert socket on ${options.interface}: ${outcome.error}`);
  }
  return success({
    send: (payload, destination, ttl = vrrpTtl) => {
      if (!open) return failure("the advert socket is closed");
      const octets = destination === undefined ? group : parseIpv6(destination);
      if (octets === undefined) return failure(`${destination} is no IPv6 address`);
      const hops = ttl === unicastHops ? done : socket.setOption(solIpv6, ipv6UnicastHops, ttl);
      if (!hops.ok) return hops;
      unicastHops = ttl;
      const sent = socket.send(payload, socketAddressIpv6(octets, needsScope(octets) ? index : 0));
      return sent.ok ? done : sent;
    },
    setSourceAddress,
    close: () => {
      open = false;
      socket.close();
    },
  });
}

const sockRaw = 3;
const vrrpProtocol = 112;

const solSocket = 1;
const soPriority = 12;
const soBindToDevice = 25;
const soReceiveBufferForce = 33;
const ipv6Checksum = 7;
const ipv6UnicastHops = 16;
const ipv6MulticastInterface = 17;
const ipv6MulticastHops = 18;
const ipv6MulticastLoop = 19;
const ipv6MulticastAll = 29;
const ipv6ReceivePacketInfo = 49;
const ipv6PacketInfo = 50;
const ipv6ReceiveHopLimit = 51;
const ipv6HopLimit = 52;
const ipv6TrafficClass = 67;
const ipv6FreeBind = 78;

/** The kernel neither writes nor verifies a checksum: a wrong one is for the ladder to count. */
const noChecksum = -1;
/** Internetwork control, as keepalived and FRR send it. */
const internetworkControl = 0xc0;
/** TC_PRIO_INTERACTIVE: the first band of the default queueing discipline, before bulk traffic of this host. */
const priorityInteractive = 6;
/** 8 MiB after doubling, as the IPv4 socket. */
const receiveBuffer = 4 * 1024 * 1024;
/** More than an advert with 255 addresses (4,088 octets): what does not fit has a wrong length in any case. */
const payloadSize = 4352;
const batch = 32;

function configure(
  socket: RawSocket,
  options: AdvertSocketIpv6Options,
  index: number,
  group: Uint8Array,
): Outcome {
  const name = Buffer.from(`${options.interface}\0`);
  const foreign = options.allowForeignSource === true ? 1 : 0;
  const settings: readonly (readonly [string, number, number, number | Uint8Array])[] = [
    ["SO_BINDTODEVICE", solSocket, soBindToDevice, name],
    ["SO_RCVBUFFORCE", solSocket, soReceiveBufferForce, receiveBuffer],
    ["SO_PRIORITY", solSocket, soPriority, priorityInteractive],
    ["IPV6_CHECKSUM", solIpv6, ipv6Checksum, noChecksum],
    ["IPV6_RECVHOPLIMIT", solIpv6, ipv6ReceiveHopLimit, 1],
    ["IPV6_RECVPKTINFO", solIpv6, ipv6ReceivePacketInfo, 1],
    ["IPV6_UNICAST_HOPS", solIpv6, ipv6UnicastHops, vrrpTtl],
    ["IPV6_MULTICAST_HOPS", solIpv6, ipv6MulticastHops, 255],
    ["IPV6_TCLASS", solIpv6, ipv6TrafficClass, internetworkControl],
    ["IPV6_MULTICAST_LOOP", solIpv6, ipv6MulticastLoop, 0],
    ["IPV6_MULTICAST_ALL", solIpv6, ipv6MulticastAll, 0],
    ["IPV6_FREEBIND", solIpv6, ipv6FreeBind, foreign],
    ["IPV6_MULTICAST_IF", solIpv6, ipv6MulticastInterface, index],
    ["IPV6_JOIN_GROUP", solIpv6, ipv6JoinGroup, multicastRequestIpv6(group, index)],
  ];
  for (const [option, level, number, value] of options.isUnicast ? settings.slice(0, -1) : settings) {
    const outcome = socket.setOption(level, number, value);
    if (!outcome.ok) return failure(`${option}: ${outcome.error}`);
  }
  return done;
}

/** A bound raw socket sends from its address whatever the routing table prefers, and may be bound again. */
function setSource(socket: RawSocket, index: number, address: string): Outcome {
  const octets = parseIpv6(address);
  if (octets === undefined) return failure(`${address} is no IPv6 address`);
  const outcome = socket.bind(socketAddressIpv6(octets, needsScope(octets) ? index : 0));
  return outcome.ok ? done : failure(`${outcome.error}, source ${address}`);
}

function receive(socket: RawSocket, options: AdvertSocketIpv6Options): Outcome {
  return socket.watch({
    batch,
    size: payloadSize,
    inPlace: true,
    onDatagram: (received) => {
      try {
        const datagram = toDatagram(received, options.interface);
        if (datagram !== undefined) options.onDatagram(datagram);
      } catch (thrown) {
        options.onError(`advert socket on ${options.interface}: a handler threw: ${describeThrown(thrown)}`);
      }
    },
    onError: (error) => options.onError(`advert socket on ${options.interface}: ${error}`),
  });
}

/** Undefined where the kernel did not say hop limit and destination, which it always does. */
function toDatagram({ data, address, control }: Datagram, interfaceName: string): AdvertDatagram | undefined {
  const messages = parseControl(control);
  const find = (wanted: number) =>
    messages.find(({ level, type }) => level === solIpv6 && type === wanted)?.data;
  const [hopLimit, packetInfo] = [find(ipv6HopLimit), find(ipv6PacketInfo)];
  if (hopLimit?.length !== 4 || packetInfo?.length !== 20 || address.length < 24) return undefined;
  return {
    interface: interfaceName,
    family: "ipv6",
    payload: data,
    source: formatIpv6(address, 8),
    destination: formatIpv6(packetInfo),
    // An int in the byte order of the machine, of which one octet is not zero.
    ttl: Math.max(...hopLimit),
    at: receiveClock().instantOf(stampOf(messages)),
  };
}
