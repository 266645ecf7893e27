/**
 * Runs in the lab's client: asks the virtual address for an echo every 10 ms and prints one JSON line whenever it becomes
 * unreachable or reachable again. Instants are CLOCK_MONOTONIC, which all namespaces share.
 */

import { parseIpv4 } from "../../contracts/addresses.ts";
import { onesComplementSum } from "../../contracts/wire/checksum.ts";
import { monotonic } from "../io/clock.ts";
import { openRawSocket } from "../io/native.ts";

/** One line of the prober. */
export interface Reachability {
  readonly reachable: boolean;
  /** Microseconds: the last answer before the silence, or the first after it. */
  readonly at: number;
}

const intervalMilliseconds = 10;
/** Silence that counts as unreachable, in microseconds. */
const patience = 100_000;

const afInet = 2;
const sockRaw = 3;
const icmp = 1;
const echoRequest = 8;
const echoReply = 0;

export function probe(address: string, tell: (reachability: Reachability) => void): void {
  const socket = openRawSocket(afInet, sockRaw, icmp);
  if (!socket.ok) throw new Error(`the prober cannot open a socket: ${socket.error}`);
  const target = socketAddress(address);
  const identifier = process.pid & 0xffff;
  let sequence = 0;
  let lastAnswer: number | undefined;
  let reachable = false;

  socket.value.watch({
    batch: 16,
    size: 2048,
    onDatagram: ({ data }) => {
      const header = ((data[0] ?? 0) & 0x0f) * 4;
      if (data[header] !== echoReply || data.readUInt16BE(header + 4) !== identifier) return;
      lastAnswer = monotonic();
      if (!reachable) tell({ reachable: true, at: lastAnswer });
      reachable = true;
    },
    onError: () => undefined,
  });
  setInterval(() => {
    sequence = (sequence + 1) & 0xffff;
    // While nobody answers ARP the kernel refuses some of these; that is what is being measured.
    socket.value.send(echo(identifier, sequence), target);
    if (!reachable || lastAnswer === undefined || monotonic() - lastAnswer < patience) return;
    reachable = false;
    tell({ reachable: false, at: lastAnswer });
  }, intervalMilliseconds);
}

function echo(identifier: number, sequence: number): Uint8Array {
  const packet = Buffer.alloc(16);
  packet[0] = echoRequest;
  packet.writeUInt16BE(identifier, 4);
  packet.writeUInt16BE(sequence, 6);
  packet.writeUInt16BE(~onesComplementSum(packet) & 0xffff, 2);
  return packet;
}

/** struct sockaddr_in. */
function socketAddress(address: string): Buffer {
  const octets = parseIpv4(address);
  if (octets === undefined) throw new TypeError(`not an IPv4 address: ${address}`);
  const bytes = Buffer.alloc(16);
  new Uint16Array(bytes.buffer, bytes.byteOffset, 1)[0] = afInet;
  bytes.set(octets, 4);
  return bytes;
}

const [, program = "", address] = process.argv;
if (/prober\.[jt]s$/u.test(program) && address !== undefined) {
  probe(address, (reachability) => process.stdout.write(`${JSON.stringify(reachability)}\n`));
}
