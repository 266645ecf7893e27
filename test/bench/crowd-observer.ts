/**
 * A program for a host of its own on the switch: keeps every advert and every gratuitous ARP on any of its wires with the
 * kernel's receive time, and prints all of it as one JSON line at SIGUSR2, after which it begins anew; the first line
 * says that it is ready. It looks every 20 ms and prints nothing in between: whoever has to be woken for a thousand
 * lines disturbs what is measured.
 */

import { openRawSocket, parseControl } from "../../services/io/native.ts";
import { afPacket, etherTypeAll, packetAddress, sockRaw } from "../../services/io/packet-address.ts";
import { measureClockDistance, stampOf, stampReceives } from "./kernel-time.ts";

/** Instants are microseconds of the monotonic clock. */
export interface Sight {
  readonly adverts: SeenAdvert[];
  readonly announcements: SeenAnnouncement[];
  /** Frames that the kernel dropped since the program began, because they were not read in time. */
  dropped: number;
}

export interface SeenAdvert {
  readonly at: number;
  readonly source: string;
  readonly virtualRouterId: number;
  readonly priority: number;
}

export interface SeenAnnouncement {
  readonly at: number;
  readonly address: string;
  /** Of the sender: six octets in hexadecimal. */
  readonly hardwareAddress: string;
}

const everyInterface = 0;
const loopMilliseconds = 20;
const ethernetHeader = 14;
const etherTypeIpv4 = 0x0800;
const etherTypeArp = 0x0806;
const vrrp = 112;
const solSocket = 1;
const soReceiveBufferForce = 33;
const soReceiveOverflow = 40;
const receiveBuffer = 16 * 1024 * 1024;

function observe(): void {
  const opened = openRawSocket(afPacket, sockRaw, 0);
  if (!opened.ok) throw new Error(opened.error);
  const socket = opened.value;
  socket.setOption(solSocket, soReceiveBufferForce, receiveBuffer);
  socket.setOption(solSocket, soReceiveOverflow, 1);
  stampReceives(socket);
  const bound = socket.bind(packetAddress(everyInterface, etherTypeAll));
  if (!bound.ok) throw new Error(bound.error);
  let clock = measureClockDistance();
  let sight: Sight = { adverts: [], announcements: [], dropped: 0 };
  const readAll = () => {
    for (;;) {
      const received = socket.receive();
      if (!received.ok || received.value === undefined) return;
      const { data, control } = received.value;
      const stamp = stampOf(control);
      if (stamp !== undefined) note(sight, data, stamp - clock.distance);
      sight.dropped = dropsOf(control) ?? sight.dropped;
    }
  };
  const print = () => {
    readAll();
    process.stdout.write(`${JSON.stringify(sight)}\n`);
    sight = { adverts: [], announcements: [], dropped: sight.dropped };
  };
  setInterval(readAll, loopMilliseconds);
  setInterval(() => {
    clock = measureClockDistance();
  }, 1000);
  process.on("SIGUSR2", print);
  print();
}

function note(sight: Sight, frame: Buffer, at: number): void {
  const etherType = frame.readUInt16BE(12);
  const packet = frame.subarray(ethernetHeader);
  if (etherType === etherTypeIpv4 && packet[9] === vrrp) {
    const advert = packet.subarray(((packet[0] ?? 0) & 0x0f) * 4);
    const source = packet.subarray(12, 16).join(".");
    sight.adverts.push({ at, source, virtualRouterId: advert[1] ?? 0, priority: advert[2] ?? 0 });
  } else if (etherType === etherTypeArp && packet.subarray(14, 18).equals(packet.subarray(24, 28))) {
    const address = packet.subarray(14, 18).join(".");
    sight.announcements.push({ at, address, hardwareAddress: packet.subarray(8, 14).toString("hex") });
  }
}

function dropsOf(control: Buffer): number | undefined {
  const message = parseControl(control).find(
    ({ level, type }) => level === solSocket && type === soReceiveOverflow,
  );
  return message === undefined
    ? undefined
    : new Uint32Array(Uint8Array.from(message.data.subarray(0, 4)).buffer)[0];
}

const [, program = ""] = process.argv;
if (/crowd-observer\.[jt]s$/u.test(program)) observe();
