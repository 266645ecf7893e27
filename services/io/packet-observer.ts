/** Sees every frame on an interface, for tests, the lab and the auditor. Takes part in nothing. */

import { endianness } from "node:os";
import { type Microseconds, microseconds } from "../../contracts/units.ts";
import { findLink } from "./addresses.ts";
import { monotonic } from "./clock.ts";
import { openRawSocket, parseControl } from "./native.ts";
import { describeThrown, failure, type Outcome, success } from "./outcome.ts";
import {
  afPacket,
  etherTypeAll,
  packetAddress,
  packetOutgoing,
  packetType,
  sockRaw,
} from "./packet-address.ts";
import { createReceiveClock, type ReceiveClock, stampOf, stampReceives } from "./receive-time.ts";

export type ObservedFrame = {
  readonly interface: string;
  /** Ethernet header included. */
  readonly frame: Uint8Array;
  /** When the kernel had the frame (CLOCK_MONOTONIC), however late this process was woken. */
  readonly receivedAt: Microseconds;
  /** This host sent it. */
  readonly outgoing: boolean;
};

export type PacketObserverOptions = {
  readonly interface: string;
  readonly onFrame: (frame: ObservedFrame) => void;
  /** "ENETDOWN: ..." when the link goes down; the observer goes on once it is up. */
  readonly onError: (error: string) => void;
  /** Leaves out what this host sends. */
  readonly ignoreOutgoing?: boolean;
};

export type PacketObserver = { readonly close: () => void };

export function openPacketObserver(options: PacketObserverOptions): Outcome<PacketObserver> {
  const link = findLink(options.interface);
  if (!link.ok) return link;
  // Protocol 0 until it is bound: a socket opened for all protocols sees all interfaces meanwhile.
  const opened = openRawSocket(afPacket, sockRaw, 0);
  if (!opened.ok) return failure(`packet socket: ${opened.error}`);
  const socket = opened.value;
  const { index } = link.value;
  const steps = [
    () => socket.setOption(solSocket, soReceiveBufferForce, receiveBuffer),
    () => stampReceives(socket),
    () => socket.setOption(solPacket, packetAddMembership, promiscuous(index)),
    () => socket.setOption(solPacket, packetIgnoreOutgoing, options.ignoreOutgoing === true ? 1 : 0),
    () => socket.bind(packetAddress(index, etherTypeAll)),
    () =>
      socket.watch({
        batch: 64,
        size: frameSize,
        onError: options.onError,
        onDatagram: ({ data, address, control }) => {
          const receivedAt = observerClock().instantOf(stampOf(parseControl(control)));
          const outgoing = packetType(address) === packetOutgoing;
          try {
            options.onFrame({ interface: options.interface, frame: data, receivedAt, outgoing });
          } catch (thrown) {
            options.onError(`packet observer: a handler threw: ${describeThrown(thrown)}`);
          }
        },
      }),
  ];
  for (const step of steps) {
    const outcome = step();
    if (outcome.ok) continue;
    socket.close();
    return failure(`packet observer on ${options.interface}: ${outcome.error}`);
  }
  return success({ close: socket.close });
}

let clock: ReceiveClock | undefined;

/** Nothing is decided by these instants, so that a frame may have waited for long. */
function observerClock(): ReceiveClock {
  clock ??= createReceiveClock({ monotonic, wallMilliseconds: Date.now, oldest: longestWait });
  return clock;
}

const longestWait = microseconds(5_000_000);
const solSocket = 1;
const soReceiveBufferForce = 33;
const receiveBuffer = 4 * 1024 * 1024;
const solPacket = 263;
const packetAddMembership = 1;
const packetIgnoreOutgoing = 23;
const frameSize = 16 * 1024;

/** struct packet_mreq with PACKET_MR_PROMISC. */
function promiscuous(index: number): Buffer {
  const request = Buffer.alloc(16);
  if (endianness() === "LE") {
    request.writeInt32LE(index, 0);
    request.writeUInt16LE(1, 4);
  } else {
    request.writeInt32BE(index, 0);
    request.writeUInt16BE(1, 4);
  }
  return request;
}
