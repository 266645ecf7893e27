/** Why a requirement has no test that names it. A reason for what a test does name fails test/unit/conformance.test.ts. */

export const kinds = {
  kernel: "the kernel does it",
  operator: "left to the operator or to another daemon",
  different: "done differently on purpose",
  management: "management, for which there is no SNMP or YANG server",
  notYet: "not yet",
} as const;

export interface Reason {
  readonly kind: keyof typeof kinds;
  readonly text: string;
}

const kernel = (text: string): Reason => ({ kind: "kernel", text });
const operator = (text: string): Reason => ({ kind: "operator", text });
const different = (text: string): Reason => ({ kind: "different", text });
const management = (text: string): Reason => ({ kind: "management", text });
const notYet = (text: string): Reason => ({ kind: "notYet", text });

const noRouterFlag =
  "as in keepalived, the router flag is set where the host forwards, not on every active router";
const noMixedMode = "a router speaks one version";
const radvd = "Router Advertisements are radvd's, which notify scripts can start and stop";

export const reasons: Readonly<Record<string, Reason>> = {
  "R3-5.1.1.2-02": kernel(
    "Linux forwards multicast only with a multicast routing daemon, and never 224.0.0.0/24",
  ),
  "R3-5.1.2.2-02": kernel("Linux forwards no link-local multicast"),
  "R3-5.2.4-01": different("as in keepalived, the owner is the router that is configured with priority 255"),
  "R3-5.2.4-02": different(
    "as in keepalived, priority 255 is taken as the operator's word that it owns the addresses",
  ),
  "R3-5.2.9-01": different("as in keepalived, another first address is a warning and is sent as configured"),
  "R3-6.4.1-04": different(noRouterFlag),
  "R3-6.4.2-09": different(noRouterFlag),
  "R3-6.4.2-03": operator(radvd),
  "R3-6.4.3-04": operator(radvd),
  "R3-2.5-01": notYet("no message tells flapping from other transitions"),
  "R3-8.1.1-01": kernel("it sends ICMP redirects, from its own address"),
  "R3-8.1.3-01": kernel("proxy ARP is the kernel's, with the MAC of the interface"),
  "R3-8.2.1-01": kernel("it sends ICMPv6 redirects, from its own address"),
  "R3-8.2.2-03": different(
    "the host solicits from its interface's own address and MAC, as it does without a virtual router",
  ),
  "R3-8.2.3-01": operator(radvd),
  "R3-8.2.3-02": operator(radvd),
  "R3-8.2.4-01": kernel("its neighbour cache takes unsolicited advertisements by its own settings"),
  "R3-8.3.1-01": kernel("an address that is installed is local, and never forwarded"),
  "R3-8.3.2-03": notYet(
    "a MAY: equal priorities are told of when configurations are checked, not when heard",
  ),
  "R3-8.4.2-01": notYet(`a MAY: ${noMixedMode}`),
  "R3-8.4.2-02": notYet(noMixedMode),
  "R3-8.4.2-03": notYet(noMixedMode),
  "R3-8.4.2-04": notYet(noMixedMode),
  "R3-8.4.2-05": notYet(`a MAY: ${noMixedMode}`),
  "R3-8.4.2.1.1-01": operator("priorities are chosen in the configuration"),
  "R3o-7.4-01": kernel("addresses on the virtual MAC's interface are made by nobody but us"),
  "R2-6.4.3-01": different("keepalived's version 2 accepts packets for the addresses, and so do we"),
  "R2-8.4-01": kernel("an address that is installed is local, and never forwarded"),
  "RP-826-02": kernel("it reads ARP; this program only sends it"),
  "RP-5227-02": different(
    "this program reads no ARP, so that a foreign announcement changes no state; nor is it told of",
  ),
  "RP-5227-03": different("sent in keepalived's form, target MAC all ones; receiving is the kernel's"),
  "RN-4861-02": kernel("it reads neighbour solicitations; this program only sends advertisements"),
  "RN-4861-04": different(
    "announcements repeat as keepalived's do, five at once and five after five seconds",
  ),
  "RM-02": management(
    "the address of the active router and the time of each transition are in `status` and in the journal",
  ),
  "RM-04": management(
    "checksum, TTL and version errors are rejection events; an unknown VRID is only counted",
  ),
  "RM-08": management("the timers in the journal are absolute, in microseconds"),
  "RM-10": different("keepalived's limits hold, which are wider; 255 addresses and priority 255 are allowed"),
};
