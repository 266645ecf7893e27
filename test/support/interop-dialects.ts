/**
 * The forms of the protocol that a pair of different makes speaks in the interoperation tests: the configuration, its
 * timers as literals, and the octets of the adverts, which keepalived sends as well as we.
 */

import { type RouterSettings, virtualAddress } from "./pair-config.ts";

/** Microseconds. Router a has priority 200, router b 150. */
export interface Timing {
  readonly interval: number;
  readonly activeDownInterval: { readonly a: number; readonly b: number };
  readonly skewTime: { readonly b: number };
  /** How late a timer may be on a busy machine of two processors. Silence and resignation stay apart by it. */
  readonly allowance: number;
}

export interface Dialect {
  readonly name: string;
  readonly timing: Timing;
  readonly settings: Partial<RouterSettings>;
  /** Of a; b's is the reverse. */
  readonly unicast?: NonNullable<RouterSettings["unicast"]>;
  readonly messages: Messages;
  /** Where FRR's differ: its IPv6 source is the macvlan's, and the checksum covers it. */
  readonly frrMessages?: Messages;
}

/** VRRP messages in hexadecimal digits: what a sends with priority 200 and when it resigns, and b with 150. */
export interface Messages {
  readonly a: string;
  readonly resignation: string;
  readonly b: string;
}

/** 3 s + 56/256 s and 106/256 s. */
const everySecond: Timing = {
  interval: 1_000_000,
  activeDownInterval: { a: 3_218_750, b: 3_414_063 },
  skewTime: { b: 414_063 },
  allowance: 300_000,
};

/** 600 ms + 56/256 and 106/256 of 200 ms. */
const everyFifth: Timing = {
  interval: 200_000,
  activeDownInterval: { a: 643_750, b: 682_813 },
  skewTime: { b: 82_813 },
  allowance: 500_000,
};

const version3: Partial<RouterSettings> = { version: 3, password: undefined, advertisementInterval: 0.2 };
const addressesIpv6 = ["fe80::114", "fd00:10::114"];
/** 10.10.20.1 to 10.10.20.24 and the one that the client asks for. */
const manyAddresses = [...Array.from({ length: 24 }, (_, index) => `10.10.20.${index + 1}`), virtualAddress];
const manyOctets = Array.from({ length: 24 }, (_, index) => `0a0a14${hexadecimal(index + 1)}`).join("");

/** VRID 51, priority 200 and so on, and the addresses behind eight octets of header. */
function messages(a: string, resignation: string, b: string, addresses: string): Messages {
  return { a: a + addresses, resignation: resignation + addresses, b: b + addresses };
}

const version2Messages = messages(
  ...(["2133c8010001024e", "213300010001ca4e", "213396010001344e"] as const),
  "0a0a0a720000000000000000",
);
const octetsIpv6 = "fe800000000000000000000000000114fd000010000000000000000000000114";

export const version2: Dialect = {
  name: "version 2 without authentication",
  timing: everySecond,
  settings: { password: undefined },
  messages: version2Messages,
};

export const version2Unicast: Dialect = {
  ...version2,
  name: "version 2 to a unicast peer",
  unicast: { source: "10.10.10.11", peer: "10.10.10.12" },
};

export const version3Ipv4: Dialect = {
  name: "version 3 over IPv4",
  timing: everyFifth,
  settings: version3,
  messages: messages("3133c8010014fd96", "313300010014c597", "3133960100142f96", "0a0a0a72"),
};

export const version3Many: Dialect = {
  ...version3Ipv4,
  name: "version 3 over IPv4 with 25 addresses",
  settings: { ...version3, virtualAddresses: manyAddresses },
  messages: messages("3133c81900142b00", "313300190014f300", "3133961900145cff", `${manyOctets}0a0a0a72`),
};

export const version3Ipv6: Dialect = {
  name: "version 3 over IPv6",
  timing: everyFifth,
  settings: { ...version3, virtualAddresses: addressesIpv6 },
  messages: messages("3133c80200140abd", "313300020014d2bd", "3133960200143cbc", octetsIpv6),
  frrMessages: messages("3133c8020014fb89", "313300020014c38a", "3133960200142d8a", octetsIpv6),
};

export const version3Ipv6Unicast: Dialect = {
  ...version3Ipv6,
  name: "version 3 over IPv6 to a unicast peer",
  unicast: { source: "fd00:10::11", peer: "fd00:10::12" },
  messages: messages("3133c80200140e1f", "313300020014d61f", "313396020014401f", octetsIpv6),
};

function hexadecimal(octet: number): string {
  return octet.toString(16).padStart(2, "0");
}
