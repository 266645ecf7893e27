/**
 * The kernel's proc connector (netlink protocol 11): which processes come, change their name and go, as it happens. It
 * answers in the initial network namespace only; elsewhere it refuses the request, which the caller hears of.
 */

import { hostInteger } from "./native.ts";
import { hostUint32, netlinkAddress, openNetlinkSocket } from "./netlink-transport.ts";
import { errnoOf, failure, type Outcome, success } from "./outcome.ts";

/** Threads are left out. */
export type ProcessEvent =
  | { readonly kind: "forked"; readonly pid: number; readonly parent: number }
  /** Another program, or another name. */
  | { readonly kind: "renamed"; readonly pid: number }
  | { readonly kind: "exited"; readonly pid: number };

export interface ProcessEventsOptions {
  readonly onEvent: (event: ProcessEvent) => void;
  /** Events were lost: look anew. */
  readonly onOverrun: () => void;
  readonly onError: (error: string) => void;
}

/** 2 MiB after the kernel doubles it: some 5,000 events while the event loop is busy. */
const receiveBuffer = 1024 * 1024;
const netlinkConnector = 11;
/** CN_IDX_PROC and CN_VAL_PROC, which are its one group as well. */
const processIndex = 1;
const listen = 1;
const netlinkDone = 3;
const netlinkHeader = 16;
const connectorHeader = 20;
/** Of an event: what, processor, time stamp. */
const eventHeader = 16;

export function openProcessEvents(options: ProcessEventsOptions): Outcome<{ readonly close: () => void }> {
  const opened = openNetlinkSocket(receiveBuffer, netlinkConnector);
  if (!opened.ok) return opened;
  const socket = opened.value;
  const group = netlinkAddress();
  hostUint32(processIndex).copy(group, 8);
  const steps = [
    () => socket.bind(group),
    () =>
      socket.watch({
        batch: 128,
        size: 512,
        inPlace: true,
        onDatagram: ({ data }) => {
          const event = decodeProcessEvent(data);
          if (event !== undefined) options.onEvent(event);
        },
        onError: (error) => (errnoOf(error) === "ENOBUFS" ? options.onOverrun() : options.onError(error)),
      }),
    () => socket.send(listenRequest(), netlinkAddress()),
  ];
  for (const step of steps) {
    const outcome = step();
    if (outcome.ok) continue;
    socket.close();
    return failure(`process events: ${outcome.error}`);
  }
  return success({ close: socket.close });
}

/** Undefined for what is no process's: threads, acknowledgements, changes of user or session. */
export function decodeProcessEvent(data: Buffer): ProcessEvent | undefined {
  const start = netlinkHeader + connectorHeader;
  if (data.length < start + eventHeader + 8) return undefined;
  const word = (index: number) => hostInteger(data, start + eventHeader + index * 4);
  switch (hostInteger(data, start) >>> 0) {
    case 0x0000_0001: {
      if (data.length < start + eventHeader + 16) return undefined;
      const [parent, pid, process] = [word(1), word(2), word(3)];
      return pid === process ? { kind: "forked", pid, parent } : undefined;
    }
    case 0x0000_0002:
    case 0x0000_0200:
      return word(0) === word(1) ? { kind: "renamed", pid: word(0) } : undefined;
    case 0x8000_0000:
      return word(0) === word(1) ? { kind: "exited", pid: word(0) } : undefined;
    default:
      return undefined;
  }
}

/** PROC_CN_MCAST_LISTEN in a connector message in a netlink message. */
function listenRequest(): Buffer {
  const length = netlinkHeader + connectorHeader + 4;
  const halves = (first: number, second: number) => Buffer.from(new Uint16Array([first, second]).buffer);
  return Buffer.concat([
    ...[hostUint32(length), halves(netlinkDone, 0), hostUint32(0), hostUint32(0)],
    ...[hostUint32(processIndex), hostUint32(processIndex), hostUint32(0), hostUint32(0), halves(4, 0)],
    hostUint32(listen),
  ]);
}
