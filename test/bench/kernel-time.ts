/**
 * The kernel's own receive time of a datagram, on the monotonic clock: free of how late the receiving process was
 * woken. The kernel stamps with the wall clock, so the distance of the two clocks is measured now and then.
 */

import { openRawSocket, parseControl, type RawSocket } from "../../services/io/native.ts";

const solSocket = 1;
const soTimestampNanoseconds = 35;
const afInet = 2;
const sockRaw = 3;
const icmp = 1;
const samples = 40;

export function stampReceives(socket: RawSocket): void {
  const set = socket.setOption(solSocket, soTimestampNanoseconds, 1);
  if (!set.ok) throw new Error(`SO_TIMESTAMPNS: ${set.error}`);
}

/** Microseconds of the wall clock; undefined for a datagram without a stamp. */
export function stampOf(control: Buffer): number | undefined {
  for (const { level, type, data } of parseControl(control)) {
    if (level !== solSocket || type !== soTimestampNanoseconds) continue;
    const words = new BigInt64Array(Uint8Array.from(data.subarray(0, 16)).buffer);
    return Number(((words[0] ?? 0n) * 1_000_000_000n + (words[1] ?? 0n)) / 1000n);
  }
  return undefined;
}

export interface ClockDistance {
  /** Microseconds to take off a wall clock instant to get the monotonic one. */
  readonly distance: number;
  /** Microseconds that the distance may be wrong by, at most. */
  readonly uncertainty: number;
}

/** Sends echo replies that nobody asked for to itself: they are stamped within the call. The quickest one counts. */
export function measureClockDistance(): ClockDistance {
  const opened = openRawSocket(afInet, sockRaw, icmp);
  if (!opened.ok) throw new Error(`a raw socket: ${opened.error}`);
  const socket = opened.value;
  stampReceives(socket);
  const message = Buffer.from([0, 0, 0xff, 0xff, 0, 0, 0, 0]);
  let best: ClockDistance | undefined;
  for (let round = 0; round < samples; round++) {
    const before = process.hrtime.bigint();
    socket.send(message, loopback());
    const after = process.hrtime.bigint();
    const received = socket.receive();
    const stamp = received.ok && received.value !== undefined ? stampOf(received.value.control) : undefined;
    const uncertainty = Number(after - before) / 2000;
    if (stamp === undefined || (best !== undefined && best.uncertainty <= uncertainty)) continue;
    best = { distance: Math.round(stamp - Number(before / 1000n) - uncertainty), uncertainty };
  }
  socket.close();
  if (best === undefined) throw new Error("the kernel stamps no datagrams");
  return best;
}

/** struct sockaddr_in of 127.0.0.1. */
function loopback(): Buffer {
  const address = Buffer.alloc(16);
  new Uint16Array(address.buffer, address.byteOffset, 1)[0] = afInet;
  address.set([127, 0, 0, 1], 4);
  return address;
}
