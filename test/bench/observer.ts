/**
 * A program for a host of its own on the switch: prints one JSON line for each advert on the wire, with the kernel's
 * receive time, and once a second how late its own event loop was, which is the machine's noise. It looks now and then
 * instead of being woken by each frame: an observer that wants a processor in the middle of a takeover delays it.
 */

import { findLink } from "../../services/io/addresses.ts";
import { monotonic } from "../../services/io/clock.ts";
import { openRawSocket } from "../../services/io/native.ts";
import { afPacket, packetAddress, sockRaw } from "../../services/io/packet-address.ts";
import { measureClockDistance, stampOf, stampReceives } from "./kernel-time.ts";

export type Observation =
  | {
      readonly kind: "advert";
      readonly at: number;
      readonly source: string;
      readonly virtualRouterId: number;
      readonly priority: number;
    }
  /** `distance`: wall clock minus monotonic clock; `stall`: the latest turn of a 20 ms loop; all in microseconds. */
  | {
      readonly kind: "noise";
      readonly distance: number;
      readonly uncertainty: number;
      readonly stall: number;
    };

const etherTypeIpv4 = 0x0800;
const vrrp = 112;
const ethernetHeader = 14;
const loopMilliseconds = 20;
const flushMilliseconds = 100;

function observe(name: string): void {
  const link = findLink(name);
  if (!link.ok) throw new Error(link.error);
  const opened = openRawSocket(afPacket, sockRaw, 0);
  if (!opened.ok) throw new Error(opened.error);
  const socket = opened.value;
  stampReceives(socket);
  const bound = socket.bind(packetAddress(link.value.index, etherTypeIpv4));
  if (!bound.ok) throw new Error(bound.error);
  let clock = measureClockDistance();
  let stall = 0;
  let expected = monotonic() + loopMilliseconds * 1000;
  const readAll = () => {
    for (;;) {
      const received = socket.receive();
      if (!received.ok || received.value === undefined) return;
      const { data, control } = received.value;
      const packet = data.subarray(ethernetHeader);
      const stamp = stampOf(control);
      if (packet[9] !== vrrp || stamp === undefined) continue;
      const advert = packet.subarray(((packet[0] ?? 0) & 0x0f) * 4);
      const source = packet.subarray(12, 16).join(".");
      say({
        kind: "advert",
        at: stamp - clock.distance,
        source,
        virtualRouterId: advert[1] ?? 0,
        priority: advert[2] ?? 0,
      });
    }
  };
  setInterval(() => {
    const now = monotonic();
    stall = Math.max(stall, now - expected);
    expected = now + loopMilliseconds * 1000;
    readAll();
  }, loopMilliseconds);
  setInterval(flush, flushMilliseconds);
  setInterval(() => {
    clock = measureClockDistance();
    say({ kind: "noise", ...clock, stall });
    stall = 0;
  }, 1000);
}

let waiting = "";

function say(observation: Observation): void {
  waiting += `${JSON.stringify(observation)}\n`;
}

/** Now and then only: whoever reads it would else be woken in the middle of what is measured. */
function flush(): void {
  if (waiting !== "") process.stdout.write(waiting);
  waiting = "";
}

const [, program = "", interfaceName] = process.argv;
if (/observer\.[jt]s$/u.test(program) && interfaceName !== undefined) observe(interfaceName);
