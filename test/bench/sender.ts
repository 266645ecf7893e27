/**
 * A program for a host on the switch: sends adverts at a given rate over the native add-on, evenly, and prints one JSON
 * line with what it has sent at the end. It waits for the instant of each packet in a loop, so
 * it keeps a processor busy for as long as it runs.
 */

import { centiseconds } from "../../contracts/units.ts";
import { encodeAdvertisement, vrrpGroupIpv4, vrrpProtocol } from "../../contracts/wire/advertisement.ts";
import { internetChecksum } from "../../contracts/wire/checksum.ts";
import { findLink } from "../../services/io/addresses.ts";
import { monotonic } from "../../services/io/clock.ts";
import { openRawSocket } from "../../services/io/native.ts";
import { afPacket, packetAddress, sockRaw } from "../../services/io/packet-address.ts";

/** What is sent: adverts that a backup follows, or packets that every rung of the receive ladder refuses one of. */
export type Load = "adverts" | "bad packets";

export interface LoadPlan {
  readonly load: Load;
  readonly interface: string;
  /** The sender's own. */
  readonly source: string;
  readonly perSecond: number;
  readonly seconds: number;
  /** VRIDs 1 to this many, in turn. */
  readonly virtualRouters: number;
  /** Of the routers that hear it. */
  readonly interval: number;
  /** Each router's address is this and its VRID. */
  readonly addressPrefix: string;
}

export interface Sent {
  readonly packets: number;
  readonly seconds: number;
  /** Sends that the kernel refused. */
  readonly refused: number;
}

const etherTypeIpv4 = 0x0800;
const ethernetHeader = "01005e000012 020000000099 0800";

function run(plan: LoadPlan): void {
  const link = findLink(plan.interface);
  if (!link.ok) throw new Error(link.error);
  const opened = openRawSocket(afPacket, sockRaw, 0);
  if (!opened.ok) throw new Error(opened.error);
  const socket = opened.value;
  const address = packetAddress(link.value.index, etherTypeIpv4);
  const frames = framesOf(plan);
  const [start, total] = [monotonic(), plan.perSecond * plan.seconds];
  let [packets, refused] = [0, 0];
  const send = () => {
    const due = Math.min(total, Math.floor(((monotonic() - start) * plan.perSecond) / 1e6));
    for (; packets < due; packets++) {
      const frame = frames[packets % frames.length] ?? Buffer.alloc(0);
      if (!socket.send(frame, address).ok) refused++;
    }
    if (packets < total) return void setTimeout(send, 1);
    const sent: Sent = { packets, seconds: (monotonic() - start) / 1e6, refused };
    process.stdout.write(`${JSON.stringify(sent)}\n`);
  };
  send();
}

/** One for each virtual router, or for each way to be wrong and virtual router. */
function framesOf(plan: LoadPlan): readonly Buffer[] {
  const virtualRouterIds = Array.from({ length: plan.virtualRouters }, (_, index) => index + 1);
  return virtualRouterIds.flatMap((virtualRouterId) => {
    const good = Buffer.from(
      encodeAdvertisement(
        {
          version: 3,
          virtualRouterId,
          priority: 200,
          advertisementInterval: centiseconds(plan.interval),
          addresses: [`${plan.addressPrefix}.${virtualRouterId}`],
          authenticationType: 0,
          authenticationData: new Uint8Array(8),
        },
        { source: plan.source, destination: vrrpGroupIpv4 },
        "rfc5798",
      ),
    );
    if (plan.load === "adverts") return [frameOf(plan.source, 255, good)];
    const changed = (change: (message: Buffer) => void) => {
      const message = Buffer.from(good);
      change(message);
      return frameOf(plan.source, 255, message);
    };
    return [
      frameOf(plan.source, 254, good),
      frameOf(plan.source, 255, good.subarray(0, 4)),
      frameOf(plan.source, 255, Buffer.concat([good, Buffer.alloc(4)])),
      changed((message) => message.writeUInt8(0x51, 0)),
      changed((message) => message.writeUInt8(0x32, 0)),
      changed((message) => message.writeUInt8((message[6] ?? 0) ^ 0xff, 6)),
      changed((message) => message.writeUInt8(255, 3)),
    ];
  });
}

function frameOf(source: string, ttl: number, message: Buffer): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt8(0x45, 0);
  header.writeUInt8(0xc0, 1);
  header.writeUInt16BE(header.length + message.length, 2);
  header.writeUInt8(ttl, 8);
  header.writeUInt8(vrrpProtocol, 9);
  header.set(source.split(".").map(Number), 12);
  header.set(vrrpGroupIpv4.split(".").map(Number), 16);
  header.writeUInt16BE(internetChecksum(header), 10);
  return Buffer.concat([Buffer.from(ethernetHeader.replaceAll(" ", ""), "hex"), header, message]);
}

const [, program = "", plan] = process.argv;
if (/sender\.[jt]s$/u.test(program) && plan !== undefined) run(JSON.parse(plan) as LoadPlan);
