/**
 * Puts finished Ethernet frames on an interface: gratuitous ARP and unsolicited neighbour advertisements. What is in
 * them is built in contracts/wire. One AF_PACKET socket serves the process; it is bound to nothing and receives nothing.
 */

import { openRawSocket } from "./native.ts";
import { done, failure, type Outcome, success } from "./outcome.ts";
import { afPacket, packetAddress, sockRaw } from "./packet-address.ts";

export type Announcer = {
  /**
   * Sends a whole frame, Ethernet header included, at once. Errors: "ENETDOWN: ..." on a link that is down,
   * "ENXIO: ..." where no interface has that index.
   */
  readonly sendFrame: (interfaceIndex: number, frame: Uint8Array) => Outcome;
  readonly close: () => void;
};

export function openAnnouncer(): Outcome<Announcer> {
  // Protocol 0 receives nothing at all.
  const opened = openRawSocket(afPacket, sockRaw, 0);
  if (!opened.ok) return failure(`packet socket: ${opened.error}`);
  const socket = opened.value;
  return success({
    sendFrame: (interfaceIndex, frame) => {
      const etherType = ((frame[12] ?? 0) << 8) | (frame[13] ?? 0);
      const sent = socket.send(frame, packetAddress(interfaceIndex, etherType));
      return sent.ok ? done : failure(`${sent.error}, interface index ${interfaceIndex}`);
    },
    close: socket.close,
  });
}
