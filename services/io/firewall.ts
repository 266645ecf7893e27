/**
 * The rules that Accept_Mode and virtual MACs need, in one nftables table of ours. Over nfnetlink and not by the nft
 * program for three reasons: a change is done when the call returns; the table belongs to our socket, so that the kernel
 * removes it when this process dies and keeps it when somebody flushes his own rules; and nothing need be installed. All
 * changes of one call are one transaction. Needs Linux 5.12 (owned tables).
 */

import { parseAddress } from "../../contracts/addresses.ts";
import type { HardwareAddress } from "../../contracts/wire/announcement.ts";
import type { RawSocket } from "./native.ts";
import { openNetlinkSocket } from "./netlink-transport.ts";
import {
  type Change,
  commit,
  decide,
  deleteTable,
  type Expression,
  headers,
  hooks,
  isEqual,
  isIn,
  isNotIn,
  loadMeta,
  loadPayload,
  meta,
  netlinkNetfilter,
  newChain,
  newRule,
  newSet,
  newTable,
  replaceElements,
  verdicts,
} from "./nftables-codec.ts";
import { done, errnoOf, failure, type Outcome, success } from "./outcome.ts";
import { needsScope } from "./socket-address-ipv6.ts";

export type UnacceptedAddress = {
  readonly address: string;
  /** Where the address is; looked at for link-local addresses only, the others mean one router wherever they arrive. */
  readonly interface: string;
};

export type VirtualMacInterface = {
  readonly interface: string;
  readonly hardwareAddress: HardwareAddress;
};

export type Firewall = {
  /**
   * The addresses, these and no others, that are for forwarding only (RFC 9568 6.1, Accept_Mode False): what is addressed
   * to them or sent from them is dropped, except neighbour solicitations and advertisements. ARP and forwarded packets
   * do not come by here. Errors: a text that is no address; then nothing is changed.
   */
  readonly setUnaccepted: (addresses: readonly UnacceptedAddress[]) => Outcome;
  /**
   * The virtual MACs, these and no others. They send no IGMP, no MLD and no router solicitation: a switch that learned a
   * virtual MAC from such a report would send the MAC's traffic to a backup. Join the groups on the parent as well. And
   * they take adverts only from where Linux gives them to nobody else: from the same virtual MAC. The parent hears the
   * others, once, and not as often as there are virtual MACs.
   */
  readonly setVirtualMacs: (virtualMacs: readonly VirtualMacInterface[]) => Outcome;
  /** Removes the table. Idempotent. */
  readonly close: () => Outcome;
};

/** In family inet: `nft list table inet understudy`. */
export const firewallTable = "understudy";

/**
 * Makes the table with empty sets, in place of one that a predecessor left. Errors: no rights, no nftables in the
 * kernel, or another process that holds the table.
 */
export function openFirewall(): Outcome<Firewall> {
  const opened = openNetlinkSocket(receiveBuffer, netlinkNetfilter);
  if (!opened.ok) return failure(`firewall: ${opened.error}`);
  const socket = opened.value;
  socket.setOption(solSocket, soSendBufferForce, sendBuffer);
  const made = perform(socket, initialTable());
  if (!made.ok) {
    socket.close();
    const held = errnoOf(made.error.replace("firewall: ", "")) === "EPERM";
    return held ? failure(`${made.error} (no right, or another process holds table ${firewallTable})`) : made;
  }
  let open = true;
  const whileOpen = (changes: () => Outcome<readonly Change[]>): Outcome => {
    if (!open) return failure("firewall: it is closed");
    const built = changes();
    return built.ok ? perform(socket, built.value) : failure(`firewall: ${built.error}`);
  };
  return success({
    setUnaccepted: (addresses) => whileOpen(() => unacceptedChanges(addresses)),
    setVirtualMacs: (virtualMacs) => whileOpen(() => success(virtualMacChanges(virtualMacs))),
    close: () => {
      if (!open) return done;
      const outcome = perform(socket, [deleteTable(firewallTable)]);
      open = false;
      socket.close();
      return outcome;
    },
  });
}

const solSocket = 1;
const soSendBufferForce = 32;
/** A transaction is one send: 40,000 addresses fit. */
const sendBuffer = 4 * 1024 * 1024;
const receiveBuffer = 1024 * 1024;

/** Before the rules of others at priority 0 (filter), as keepalived. */
const priority = -1;
const interfaceNameOctets = 16;

/** The key types are the numbers of the nft program: ipv4_addr 7, ipv6_addr 8, ether_addr 9, ifname 41, and two of them joined. */
const sets = {
  ipv4: { name: "unaccepted_ipv4", id: 1, keyType: 7, keyLength: 4 },
  ipv6: { name: "unaccepted_ipv6", id: 2, keyType: 8, keyLength: 16 },
  linkLocal: { name: "unaccepted_link_local", id: 3, keyType: (8 << 6) | 41, keyLength: 32 },
  virtualMacs: { name: "virtual_macs", id: 4, keyType: 41, keyLength: interfaceNameOctets },
  // A hardware address takes two words of a register.
  ownFrames: { name: "own_frames", id: 5, keyType: (41 << 6) | 9, keyLength: interfaceNameOctets + 8 },
} as const;

const familyIpv4 = 2;
const familyIpv6 = 10;
const protocolIgmp = 2;
const protocolIcmpv6 = 58;
const protocolVrrp = 112;
const protocolAuthenticationHeader = 51;
/** ICMPv6 types: multicast listener report and done (RFC 2710), router solicitation, report of version 2 (RFC 3810). */
const silencedTypes: readonly number[] = [131, 132, 133, 143];
/** Neighbour solicitation and advertisement (RFC 4861): Accept_Mode must not touch them (RFC 9568 6.1). */
const neighbourTypes: readonly number[] = [135, 136];

function perform(socket: RawSocket, changes: readonly Change[]): Outcome {
  const outcome = commit(socket, changes);
  return outcome.ok ? done : failure(`firewall: ${outcome.error}`);
}

function initialTable(): readonly Change[] {
  const rulesOf = (chain: string, rules: readonly (readonly Expression[])[]) =>
    rules.map((expressions) => newRule(firewallTable, chain, expressions));
  return [
    // Making what may be there and deleting it is the way to delete without an error where it is not.
    newTable(firewallTable, false),
    deleteTable(firewallTable),
    newTable(firewallTable, true),
    ...Object.values(sets).map((set) => newSet(firewallTable, set)),
    newChain(firewallTable, "input", hooks.input, priority),
    newChain(firewallTable, "output", hooks.output, priority),
    ...rulesOf("input", hearingRules()),
    ...rulesOf("input", acceptRules({ ipv4At: 16, ipv6At: 24, interfaceName: meta.inputName })),
    ...rulesOf("output", silenceRules()),
    ...rulesOf("output", acceptRules({ ipv4At: 12, ipv6At: 8, interfaceName: meta.outputName })),
  ];
}

/** Where in its header the address is, and which interface makes a link-local one whole. */
type Side = { readonly ipv4At: number; readonly ipv6At: number; readonly interfaceName: number };

function acceptRules({ ipv4At, ipv6At, interfaceName }: Side): readonly (readonly Expression[])[] {
  const ipv6Address = loadPayload(headers.network, ipv6At, 16);
  return [
    ...neighbourTypes.map((type) => [...hasIcmpv6Type(type), decide(verdicts.accept)]),
    [...hasFamily(familyIpv4), loadPayload(headers.network, ipv4At, 4), isIn(sets.ipv4.name), drop],
    [...hasFamily(familyIpv6), ipv6Address, isIn(sets.ipv6.name), drop],
    [...hasFamily(familyIpv6), ipv6Address, loadMeta(interfaceName, 2), isIn(sets.linkLocal.name), drop],
  ];
}

function silenceRules(): readonly (readonly Expression[])[] {
  const leaves = [loadMeta(meta.outputName), isIn(sets.virtualMacs.name)];
  return [
    [...leaves, loadMeta(meta.protocol), isEqual(protocolIgmp), drop],
    ...silencedTypes.map((type) => [...leaves, ...hasIcmpv6Type(type), drop]),
  ];
}

/** Adverts, with an authentication header in front or without. */
function hearingRules(): readonly (readonly Expression[])[] {
  const source = loadPayload(headers.link, 6, 6, 2);
  return [protocolVrrp, protocolAuthenticationHeader].map((protocol) => [
    ...[loadMeta(meta.inputName), isIn(sets.virtualMacs.name)],
    ...[loadMeta(meta.protocol), isEqual(protocol)],
    ...[loadMeta(meta.inputName), source, isNotIn(sets.ownFrames.name), drop],
  ]);
}

const drop = decide(verdicts.drop);

function hasFamily(family: number): readonly Expression[] {
  return [loadMeta(meta.family), isEqual(family)];
}

function hasIcmpv6Type(type: number): readonly Expression[] {
  const isIcmpv6 = [loadMeta(meta.protocol), isEqual(protocolIcmpv6)];
  return [...isIcmpv6, loadPayload(headers.transport, 0, 1), isEqual(type)];
}

function unacceptedChanges(addresses: readonly UnacceptedAddress[]): Outcome<readonly Change[]> {
  const ipv4: Uint8Array[] = [];
  const ipv6: Uint8Array[] = [];
  const linkLocal: Uint8Array[] = [];
  for (const { address, interface: interfaceName } of addresses) {
    const octets = parseAddress(address);
    if (octets === undefined) return failure(`${address} is no address`);
    if (octets.length === 4) ipv4.push(octets);
    else if (needsScope(octets)) linkLocal.push(Buffer.concat([octets, interfaceKey(interfaceName)]));
    else ipv6.push(octets);
  }
  return success([
    ...replaceElements(firewallTable, sets.ipv4.name, ipv4),
    ...replaceElements(firewallTable, sets.ipv6.name, ipv6),
    ...replaceElements(firewallTable, sets.linkLocal.name, linkLocal),
  ]);
}

function virtualMacChanges(virtualMacs: readonly VirtualMacInterface[]): readonly Change[] {
  const names = virtualMacs.map((each) => interfaceKey(each.interface));
  const frames = virtualMacs.map((each) =>
    Buffer.concat([interfaceKey(each.interface), Uint8Array.from(each.hardwareAddress), Buffer.alloc(2)]),
  );
  return [
    ...replaceElements(firewallTable, sets.virtualMacs.name, names),
    ...replaceElements(firewallTable, sets.ownFrames.name, frames),
  ];
}

/** A name as the kernel's registers have it: filled up with zeros. */
function interfaceKey(name: string): Buffer {
  const key = Buffer.alloc(interfaceNameOctets);
  key.write(name);
  return key;
}
