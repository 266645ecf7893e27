/**
 * The link messages of rtnetlink(7) that make, describe and delete a macvlan in private mode: the interface that gives a
 * virtual router a hardware address of its own beside its parent's.
 */

import { FlagsNew } from "netlink/dist/constants.js";
import { MessageType } from "netlink/dist/rt/gen_structs.js";
import * as rt from "netlink/dist/rt/structs.js";
import { decodeAttributes, encodeAttributes } from "./netlink-attributes.ts";
import type { NetlinkRequest } from "./netlink-commands.ts";
import { hostUint32, type NetlinkMessage } from "./netlink-transport.ts";

export type MacvlanRecord = {
  readonly index: number;
  /** IFLA_INFO_KIND: "macvlan", "veth", ...; empty for a physical interface. */
  readonly kind: string;
  /** Index of the parent; 0 where there is none. */
  readonly parentIndex: number;
  /** MACVLAN_MODE_PRIVATE: it never talks to its parent nor to its siblings. */
  readonly isPrivate: boolean;
  /** "00:00:5e:00:01:33". */
  readonly hardwareAddress: string;
};

/** RTM_NEWLINK for a macvlan that is down; fails with EEXIST where the name is taken. */
export function encodeNewMacvlan(
  name: string,
  parentIndex: number,
  hardwareAddress: Uint8Array,
): NetlinkRequest {
  const data = encodeAttributes([[macvlanMode, hostUint32(modePrivate)]]);
  const info = encodeAttributes([
    [infoKind, Buffer.from(macvlanKind)],
    [infoData, data],
  ]);
  return {
    type: MessageType.NEWLINK,
    flags: FlagsNew.CREATE | FlagsNew.EXCL,
    payload: [
      header(0, 0),
      encodeAttributes([
        [attributeName, Buffer.from(`${name}\0`)],
        [attributeLink, hostUint32(parentIndex)],
        [attributeAddress, hardwareAddress],
        [attributeInfo, info],
      ]),
    ],
  };
}

/** RTM_NEWLINK that sets IFF_UP and changes nothing else. */
export function encodeLinkUp(index: number): NetlinkRequest {
  return { type: MessageType.NEWLINK, flags: 0, payload: [header(index, flagUp)] };
}

export function encodeDeleteLink(index: number): NetlinkRequest {
  return { type: MessageType.DELLINK, flags: 0, payload: [header(index, 0)] };
}

/**
 * RTM_NEWROUTE for fe80::/64 on the interface, as the kernel makes it with a link-local address of its own. Neither EXCL
 * nor REPLACE, which would refuse or replace the same route of another interface.
 */
export function encodeLinkLocalRoute(index: number): NetlinkRequest {
  const prefix = Uint8Array.from([0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  // struct rtmsg: AF_INET6, /64, main table, RTPROT_KERNEL, scope universe, RTN_UNICAST.
  const route = Buffer.from([10, 64, 0, 0, 254, 2, 0, 1, 0, 0, 0, 0]);
  const attributes = encodeAttributes([
    [routeDestination, prefix],
    [routeOutput, hostUint32(index)],
    [routePriority, hostUint32(kernelPriority)],
  ]);
  return { type: MessageType.NEWROUTE, flags: FlagsNew.CREATE, payload: [route, attributes] };
}

/** Undefined where the message is none about a link. */
export function decodeMacvlan(message: NetlinkMessage): MacvlanRecord | undefined {
  const { index } = rt.parseLink(message.data.subarray(0, headerLength));
  if (index === undefined) return undefined;
  const attributes = decodeAttributes(message.data.subarray(headerLength));
  const info = decodeAttributes(attributes.get(attributeInfo));
  const mode = decodeAttributes(info.get(infoData)).get(macvlanMode);
  const kind = info.get(infoKind)?.toString("utf8").replace(/\0.*$/su, "") ?? "";
  const address = attributes.get(attributeAddress)?.toString("hex") ?? "";
  return {
    index,
    kind,
    // An index in another network namespace is no parent of ours, whatever its number.
    parentIndex: attributes.has(attributeLinkNamespace) ? 0 : fromHostUint32(attributes.get(attributeLink)),
    isPrivate: kind === macvlanKind && fromHostUint32(mode) === modePrivate,
    hardwareAddress: (address.match(/../gu) ?? []).join(":"),
  };
}

export const macvlanKind = "macvlan";

const headerLength = 16;
const flagUp = 1;
const attributeAddress = 1;
const attributeName = 3;
const attributeLink = 5;
const attributeInfo = 18;
const attributeLinkNamespace = 37;
const routeDestination = 1;
const routeOutput = 4;
const routePriority = 6;
/** The metric of the kernel's own prefix routes. */
const kernelPriority = 256;
const infoKind = 1;
const infoData = 2;
const macvlanMode = 1;
const modePrivate = 1;

/** struct ifinfomsg; the flags are also the mask of what to change. */
function header(index: number, flags: number): Buffer {
  return Buffer.concat([Buffer.alloc(4), hostUint32(index), hostUint32(flags), hostUint32(flags)]);
}

function fromHostUint32(value: Buffer | undefined): number {
  return value?.length === 4 ? new DataView(Uint8Array.from(value).buffer).getUint32(0, isLittleEndian) : 0;
}

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
