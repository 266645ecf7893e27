/**
 * Hears VRRP over IPv4 on one interface, over the native add-on: it reads in bounded batches and knows when the kernel had
 * each datagram, and `raw-socket` can do neither (docs/decisions/008). What is sent leaves by advert-socket-ipv4.ts.
 */

import { formatIpv4 } from "../../contracts/addresses.ts";
import type { Microseconds } from "../../contracts/units.ts";
import { vrrpProtocol } from "../../contracts/wire/advertisement.ts";
import type { AdvertDatagram } from "./advert-datagram.ts";
import { type Datagram, openRawSocket, type RawSocket } from "./native.ts";
import { describeThrown, failure, type Outcome, success } from "./outcome.ts";
import { onlyStamp, receiveClock, stampReceives } from "./receive-time.ts";

export type AdvertReceiverIpv4Options = {
  readonly interface: string;
  /** struct ip_mreqn of the group on the interface. */
  readonly membership: Uint8Array;
  /** Adverts have an Authentication Header (protocol 51); datagrams bring their IP header. */
  readonly authenticated?: boolean | undefined;
  readonly onDatagram: (datagram: AdvertDatagram) => void;
  /** A sentence about a socket error or a throwing handler. The socket goes on. */
  readonly onError: (error: string) => void;
};

/** The IP protocol that adverts travel by. */
export function protocolOf({ authenticated }: Pick<AdvertReceiverIpv4Options, "authenticated">): number {
  return authenticated === true ? authenticationHeaderProtocol : vrrpProtocol;
}

/** Returns the function that closes it, idempotent. */
export function openAdvertReceiverIpv4(options: AdvertReceiverIpv4Options): Outcome<() => void> {
  const opened = openRawSocket(afInet, sockRaw, protocolOf(options));
  if (!opened.ok) return opened;
  const socket = opened.value;
  const name = Buffer.from(`${options.interface}\0`);
  const steps: readonly (readonly [string, () => Outcome])[] = [
    ["SO_BINDTODEVICE", () => socket.setOption(solSocket, soBindToDevice, name)],
    ["SO_RCVBUFFORCE", () => socket.setOption(solSocket, soReceiveBufferForce, receiveBuffer)],
    ["SO_TIMESTAMPNS", () => stampReceives(socket)],
    ["IP_MULTICAST_ALL", () => socket.setOption(0, ipMulticastAll, 0)],
    ["IP_ADD_MEMBERSHIP", () => socket.setOption(0, ipAddMembership, options.membership)],
    ["watch", () => watch(socket, options)],
  ];
  for (const [name, step] of steps) {
    const outcome = step();
    if (outcome.ok) continue;
    socket.close();
    return failure(`${name}: ${outcome.error}`);
  }
  return success(socket.close);
}

const authenticationHeaderProtocol = 51;
const afInet = 2;
const sockRaw = 3;
const solSocket = 1;
const soBindToDevice = 25;
const soReceiveBufferForce = 33;
const ipAddMembership = 35;
const ipMulticastAll = 49;

/** 8 MiB after doubling: 10,000 adverts of 832 octets each while the event loop is busy; the default holds 256. */
const receiveBuffer = 4 * 1024 * 1024;
/** More than an advert with 255 addresses behind the longest header: what does not fit has a wrong length in any case. */
const packetSize = 1536;
/** Datagrams in one turn of the event loop, between which timers are served: half a millisecond of work. */
const batch = 32;

function watch(socket: RawSocket, options: AdvertReceiverIpv4Options): Outcome {
  const clock = receiveClock();
  return socket.watch({
    batch,
    size: packetSize,
    inPlace: true,
    onDatagram: (received) => {
      try {
        const at = clock.instantOf(onlyStamp(received.control));
        const datagram = toDatagram(received, options, at);
        if (datagram !== undefined) options.onDatagram(datagram);
      } catch (thrown) {
        options.onError(`advert socket on ${options.interface}: a handler threw: ${describeThrown(thrown)}`);
      }
    },
    onError: (error) => options.onError(`advert socket on ${options.interface}: ${error}`),
  });
}

/** Undefined for what is too short for the IPv4 header it announces, and for IPsec of other protocols than VRRP. */
function toDatagram(
  { data: packet }: Datagram,
  { interface: name, authenticated }: AdvertReceiverIpv4Options,
  at: Microseconds,
): AdvertDatagram | undefined {
  const headerLength = ((packet[0] ?? 0) & 0x0f) * 4;
  if (packet.length < 20 || headerLength < 20) return undefined;
  const total = Math.min(packet.readUInt16BE(2), packet.length);
  if (total < headerLength) return undefined;
  if (authenticated === true && packet[headerLength] !== vrrpProtocol) return undefined;
  const octets = (from: number, to: number) =>
    new Uint8Array(packet.buffer, packet.byteOffset + from, to - from);
  return {
    interface: name,
    family: "ipv4",
    at,
    payload: octets(headerLength, total),
    source: formatIpv4(packet, 12),
    destination: formatIpv4(packet, 16),
    ttl: packet[8] ?? 0,
    ipHeader: authenticated === true ? octets(0, headerLength) : undefined,
  };
}
