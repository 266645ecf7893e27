/**
 * Membership of solicited-node multicast groups (RFC 4291 2.7.1), which an active router joins for its virtual
 * addresses (RFC 9568 6.4.1) so that neighbour solicitations pass multicast filters on the way to it. The kernel counts
 * memberships of its own addresses and of sockets separately: neither takes the other's away. They end with the process.
 */

import { formatIpv6, parseIpv6 } from "../../contracts/addresses.ts";
import { findLink } from "./addresses.ts";
import { openRawSocket, type RawSocket } from "./native.ts";
import { done, errnoOf, failure, type Outcome, success } from "./outcome.ts";
import {
  afInet6,
  ipv6JoinGroup,
  ipv6LeaveGroup,
  multicastRequestIpv6,
  solIpv6,
} from "./socket-address-ipv6.ts";

export type SolicitedNodeGroups = {
  /** Joins the groups of IPv6 addresses, each group once however many of them share it. Outcomes in their order. Idempotent. */
  readonly join: (addresses: readonly string[]) => readonly Outcome[];
  /** Leaves each group with the last of its addresses. An address that was never joined is a success. */
  readonly leave: (addresses: readonly string[]) => readonly Outcome[];
  /** The addresses joined and not left, in the order of joining and in RFC 5952 text. */
  readonly addresses: () => readonly string[];
  /** Leaves all. Idempotent. */
  readonly close: () => void;
};

/**
 * For the interface as it is now: where it is deleted and made again, close and open another. Errors: "ENODEV: ...", no
 * add-on.
 */
export function openSolicitedNodeGroups(interfaceName: string): Outcome<SolicitedNodeGroups> {
  const link = findLink(interfaceName);
  if (!link.ok) return link;
  // A datagram socket that is bound to nothing receives nothing.
  const opened = openRawSocket(afInet6, sockDatagram, 0);
  if (!opened.ok) return failure(`multicast socket on ${interfaceName}: ${opened.error}`);
  const socket = opened.value;
  const { index } = link.value;
  const groupOf = new Map<string, string>();
  let open = true;
  const change = (action: (address: string, group: Uint8Array) => Outcome) => (text: string) => {
    const octets = parseIpv6(text);
    if (octets === undefined) return failure(`${text} is no IPv6 address`);
    if (!open) return failure("the multicast socket is closed");
    const outcome = action(formatIpv6(octets), solicitedNodeGroup(octets));
    return outcome.ok ? done : failure(`${outcome.error}, group of ${text} on ${interfaceName}`);
  };
  const isShared = (group: Uint8Array) => [...groupOf.values()].includes(formatIpv6(group));
  const joinOne = change((address, group) => {
    if (groupOf.has(address)) return done;
    const outcome = isShared(group) ? done : setMembership(socket, ipv6JoinGroup, group, index);
    if (outcome.ok) groupOf.set(address, formatIpv6(group));
    return outcome;
  });
  const leaveOne = change((address, group) => {
    if (!groupOf.delete(address) || isShared(group)) return done;
    const outcome = setMembership(socket, ipv6LeaveGroup, group, index);
    return !outcome.ok && absentErrors.includes(errnoOf(outcome.error)) ? done : outcome;
  });
  return success({
    join: (addresses) => addresses.map(joinOne),
    leave: (addresses) => addresses.map(leaveOne),
    addresses: () => [...groupOf.keys()],
    close: () => {
      open = false;
      groupOf.clear();
      socket.close();
    },
  });
}

/** ff02::1:ff00:0/104 with the low 24 bits of the address. */
export function solicitedNodeGroup(address: Uint8Array): Uint8Array {
  return Uint8Array.from([0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, ...address.subarray(13, 16)]);
}

const sockDatagram = 2;
/** The interface went away and its memberships with it. */
const absentErrors: readonly (string | undefined)[] = ["EADDRNOTAVAIL", "ENODEV"];

function setMembership(socket: RawSocket, option: number, group: Uint8Array, index: number): Outcome {
  return socket.setOption(solIpv6, option, multicastRequestIpv6(group, index));
}
