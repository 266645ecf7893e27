/**
 * VRRP over IPv4 (protocol 112, RFC 9568 5.1.1) on one interface, sent by the `raw-socket` package, all of whose quirks
 * stay in this file, and heard by advert-receiver-ipv4.ts. One socket serves all virtual routers of an interface; who is
 * meant is the caller's question.
 */

import { AddressFamily, createSocket, type Socket } from "raw-socket";
import { parseIpv4 } from "../../contracts/addresses.ts";
import { vrrpProtocol, vrrpTtl } from "../../contracts/wire/advertisement.ts";
import { encodeIpHeader, nextIdentification } from "../../contracts/wire/ip-header.ts";
import { findLink } from "./addresses.ts";
import type { AdvertDatagram } from "./advert-datagram.ts";
import { openAdvertReceiverIpv4, protocolOf } from "./advert-receiver-ipv4.ts";
import { describeThrown, done, failure, type Outcome, success } from "./outcome.ts";

export type AdvertSocketIpv4Options = {
  readonly interface: string;
  /** Must be on the interface; the source of every advert. */
  readonly sourceAddress: string;
  readonly onDatagram: (datagram: AdvertDatagram) => void;
  /** A sentence about a socket error or a throwing handler. The socket goes on. */
  readonly onError: (error: string) => void;
  /**
   * Adverts have an Authentication Header (protocol 51): `send` takes whole IP packets, since the digest covers fields of
   * the IP header that the kernel would choose, and datagrams bring their IP header.
   */
  readonly authenticated?: boolean | undefined;
  /**
   * Only sends, and always from the source address: the kernel would choose another for unicasts. The IP header is ours
   * then, so that the source may be any address of the interface and each advert may have its own TTL.
   */
  readonly ownsHeader?: boolean | undefined;
  /** Default 224.0.0.18. */
  readonly group?: string | undefined;
};

export type AdvertSocket = {
  /**
   * Sends at once: when this returns the advert is on its way, so its order with addresses and announcements is
   * exact. `destination` is a peer's address where it is not the group; then TTL or Hop Limit may be another than 255.
   */
  readonly send: (payload: Uint8Array, destination?: string, ttl?: number) => Outcome;
  readonly setSourceAddress: (address: string) => Outcome;
  /** Idempotent. */
  readonly close: () => void;
};

/** RFC 9568 5.1.1.2. */
export const vrrpGroupIpv4 = "224.0.0.18";

/**
 * A socket is bound to the interface as it is now. Where the interface is deleted and made again, even under its
 * name, the socket is silent for good: close it and open another when the link monitor tells a new index.
 */
export function openAdvertSocketIpv4(options: AdvertSocketIpv4Options): Outcome<AdvertSocket> {
  const link = findLink(options.interface);
  if (!link.ok) return link;
  const { index } = link.value;
  const group = options.group ?? vrrpGroupIpv4;
  if (parseIpv4(group) === undefined) return failure(`${group} is no IPv4 address`);
  let socket: Socket;
  try {
    socket = createSocket({
      protocol: protocolOf(options),
      addressFamily: AddressFamily.IPv4,
      bufferSize: 0,
    });
  } catch (thrown) {
    return failure(`advert socket on ${options.interface}: ${describeThrown(thrown)}`);
  }
  // raw-socket's emitter closes itself when collected, and nothing else refers to it.
  kept.add(socket);
  let open = true;
  let stopHearing: () => void = () => undefined;
  const close = () => {
    if (!open) return;
    open = false;
    kept.delete(socket);
    stopHearing();
    socket.close();
  };
  const hear = (): Outcome => {
    if (options.ownsHeader === true) return done;
    const heard = openAdvertReceiverIpv4({
      ...options,
      membership: multicastRequest(group, "0.0.0.0", index),
    });
    if (heard.ok) stopHearing = heard.value;
    return heard.ok ? done : heard;
  };
  let source = options.sourceAddress;
  let identification = 0;
  const setSourceAddress = (address: string): Outcome => {
    if (!open) return failure("the advert socket is closed");
    source = address;
    return setSource(socket, index, address);
  };
  const withHeader = (payload: Uint8Array, destination: string, ttl: number): Uint8Array => {
    if (options.ownsHeader !== true || options.authenticated === true) return payload;
    identification = nextIdentification(identification);
    const fields = { source, destination, identification, ttl, protocol: vrrpProtocol };
    return Uint8Array.from([...encodeIpHeader(fields, payload.length), ...payload]);
  };
  const steps = [() => configure(socket, options), () => setSourceAddress(options.sourceAddress), hear];
  for (const step of steps) {
    const outcome = step();
    if (outcome.ok) continue;
    close();
    return failure(`advert socket on ${options.interface}: ${outcome.error}`);
  }
  return success({
    send: (payload, destination = group, ttl = vrrpTtl) => {
      if (!open) return failure("the advert socket is closed");
      if (parseIpv4(destination) === undefined) return failure(`${destination} is no IPv4 address`);
      return sendNow(socket, withHeader(payload, destination, ttl), destination);
    },
    setSourceAddress,
    close,
  });
}

const kept = new Set<Socket>();

const solSocket = 1;
const soPriority = 12;
const soBindToDevice = 25;
const soReceiveBuffer = 8;
const ipTos = 1;
const ipTtl = 2;
const ipHeaderIncluded = 3;
const ipMtuDiscover = 10;
const ipMulticastIf = 32;
const ipMulticastTtl = 33;
const ipMulticastLoop = 34;
const ipMulticastAll = 49;

/** Internetwork control, as keepalived and FRR send it. */
const internetworkControl = 0xc0;
/** IP_PMTUDISC_DONT: clears "do not fragment" and counts the identification, as keepalived does. */
const mayFragment = 0;
/** TC_PRIO_INTERACTIVE: the first band of the default queueing discipline, before bulk traffic of this host. */
const priorityInteractive = 6;
/** Whether what is sent begins with the IP header. */
function takesPackets({ authenticated, ownsHeader }: AdvertSocketIpv4Options): boolean {
  return authenticated === true || ownsHeader === true;
}

function configure(socket: Socket, options: AdvertSocketIpv4Options): Outcome {
  const name = Buffer.from(`${options.interface}\0`);
  const steps: readonly (readonly [string, () => void])[] = [
    ["SO_BINDTODEVICE", () => socket.setOption(solSocket, soBindToDevice, name, name.length)],
    ["IP_HDRINCL", () => socket.setOption(0, ipHeaderIncluded, takesPackets(options) ? 1 : 0)],
    // It joins no group and is not read: what comes in is the receiver's, and a copy for nobody is not to be kept.
    ["pause", () => socket.pauseRecv()],
    ["SO_RCVBUF", () => socket.setOption(solSocket, soReceiveBuffer, 0)],
    ["IP_MULTICAST_ALL", () => socket.setOption(0, ipMulticastAll, 0)],
    ["IP_MTU_DISCOVER", () => socket.setOption(0, ipMtuDiscover, mayFragment)],
    ["IP_TTL", () => socket.setOption(0, ipTtl, 255)],
    ["IP_MULTICAST_TTL", () => socket.setOption(0, ipMulticastTtl, 255)],
    ["IP_TOS", () => socket.setOption(0, ipTos, internetworkControl)],
    // After IP_TOS, which sets the priority as well.
    ["SO_PRIORITY", () => socket.setOption(solSocket, soPriority, priorityInteractive)],
    ["IP_MULTICAST_LOOP", () => socket.setOption(0, ipMulticastLoop, 0)],
  ];
  for (const [option, set] of steps) {
    const outcome = attempt(set);
    if (!outcome.ok) return failure(`${option}: ${outcome.error}`);
  }
  return done;
}

/** The address of IP_MULTICAST_IF is the source of multicasts. A foreign one would show on send only. */
function setSource(socket: Socket, index: number, address: string): Outcome {
  if (parseIpv4(address) === undefined) return failure(`${address} is no IPv4 address`);
  const request = multicastRequest("0.0.0.0", address, index);
  const outcome = attempt(() => socket.setOption(0, ipMulticastIf, request, request.length));
  return outcome.ok ? done : failure(`IP_MULTICAST_IF ${address}: ${outcome.error}`);
}

/** struct ip_mreqn: group, address, interface index in the byte order of the machine. */
function multicastRequest(group: string, address: string, index: number): Buffer {
  const request = Buffer.alloc(12);
  request.set(parseIpv4(group) ?? [], 0);
  request.set(parseIpv4(address) ?? [], 4);
  new Int32Array(request.buffer, request.byteOffset + 8, 1)[0] = index;
  return request;
}

function sendNow(socket: Socket, payload: Uint8Array, destination: string): Outcome {
  const data = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  // The public send() only queues for a later turn; the inner one is sendto(2) itself.
  return attempt(() => socket.wrap.send(data, 0, data.length, destination, () => undefined));
}

/** raw-socket throws Errors with strerror's text and no code. */
function attempt(action: () => void): Outcome {
  try {
    action();
    return done;
  } catch (thrown) {
    return failure(describeThrown(thrown));
  }
}
