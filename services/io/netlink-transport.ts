/**
 * rtnetlink over the native add-on. The `netlink` package gives the codec (framing, headers, attributes) and nothing
 * else: its own sockets abort the whole process on a receive overrun. Events and requests use separate sockets, so
 * that a notification can never be taken for an answer.
 */

import { endianness } from "node:os";
import { parseMessages } from "netlink/dist/structs.js";
import { openRawSocket, type RawSocket } from "./native.ts";
import { describeThrown, errnoOf, failure, type Outcome, success } from "./outcome.ts";

export type NetlinkMessage = { readonly type: number; readonly flags: number; readonly data: Buffer };

export type NetlinkMonitorOptions = {
  /** RTNLGRP_* numbers. */
  readonly groups: readonly number[];
  readonly onMessage: (message: NetlinkMessage) => void;
  /** Events were lost (ENOBUFS). What was still queued is discarded before the call: take a fresh dump now. */
  readonly onOverrun: () => void;
  readonly onError: (error: string) => void;
  /** Octets, before the kernel doubles them. */
  readonly receiveBuffer?: number;
};

export type NetlinkMonitor = { readonly close: () => void };

/** 8 MiB after the kernel doubles it: holds 3,000 link or 10,000 address events while the event loop is busy (measured). */
const monitorReceiveBuffer = 4 * 1024 * 1024;

/** Live rtnetlink events. Errors: no rights, no add-on. */
export function openNetlinkMonitor(options: NetlinkMonitorOptions): Outcome<NetlinkMonitor> {
  const opened = openNetlinkSocket(options.receiveBuffer ?? monitorReceiveBuffer);
  if (!opened.ok) return opened;
  const socket = opened.value;
  const overrun = () => {
    discardQueue(socket);
    options.onOverrun();
  };
  const steps = [
    () => socket.bind(netlinkAddress()),
    ...options.groups.map((group) => () => socket.setOption(solNetlink, addMembership, group)),
    () =>
      socket.watch({
        batch: 64,
        size: 16 * 1024,
        onDatagram: (datagram) => {
          if (datagram.truncated) {
            // After the rest of this batch, which is older than the dump that follows.
            setImmediate(overrun);
            return;
          }
          const messages = parseDatagram(datagram.data);
          if (messages.ok) messages.value.forEach(options.onMessage);
          else options.onError(messages.error);
        },
        onError: (error) => (errnoOf(error) === "ENOBUFS" ? overrun() : options.onError(error)),
      }),
  ];
  for (const step of steps) {
    const outcome = step();
    if (outcome.ok) continue;
    socket.close();
    return failure(outcome.error);
  }
  return success({ close: socket.close });
}

/** A u32 in the byte order of this machine, as netlink has it. */
export function hostUint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  if (endianness() === "LE") bytes.writeUInt32LE(value >>> 0);
  else bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

/**
 * A netlink socket, of NETLINK_ROUTE by default, that queues `receiveBuffer` octets, doubled by the kernel, whatever
 * rmem_max says.
 */
export function openNetlinkSocket(receiveBuffer: number, protocol = netlinkRoute): Outcome<RawSocket> {
  const opened = openRawSocket(afNetlink, sockRaw, protocol);
  if (!opened.ok) return failure(`netlink socket: ${opened.error}`);
  const sized = opened.value.setOption(solSocket, soReceiveBufferForce, receiveBuffer);
  if (sized.ok) return opened;
  opened.value.close();
  return failure(`netlink receive buffer: ${sized.error}`);
}

/** sockaddr_nl of the kernel, or of ourselves with a port of the kernel's choice: both are port 0. */
export function netlinkAddress(): Buffer {
  const address = Buffer.alloc(12);
  if (endianness() === "LE") address.writeUInt16LE(afNetlink);
  else address.writeUInt16BE(afNetlink);
  return address;
}

/** The messages of one datagram. */
export function parseDatagram(data: Buffer): Outcome<ReturnType<typeof parseMessages>> {
  try {
    return success(parseMessages(data));
  } catch (thrown) {
    return failure(`netlink: unreadable message (${describeThrown(thrown)})`);
  }
}

const afNetlink = 16;
const sockRaw = 3;
const netlinkRoute = 0;
const solSocket = 1;
const soReceiveBufferForce = 33;
const solNetlink = 270;
const addMembership = 1;
/** Bounds the discarding while a flood goes on; the dump that follows makes good for what is left. */
const discardLimit = 100_000;

function discardQueue(socket: RawSocket): void {
  for (let count = 0; count < discardLimit; count++) {
    const received = socket.receive();
    if (received.ok ? received.value === undefined : errnoOf(received.error) !== "ENOBUFS") return;
  }
}
