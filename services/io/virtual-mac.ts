/**
 * The interface of a virtual router that has its virtual MAC: a macvlan in private mode on the real interface, with the
 * kernel's settings that make it answer ARP for its own addresses, and nobody else for them. As keepalived's use_vmac,
 * except that what was changed on the parent is really put back, and that the new interface ignores router advertisements.
 */

import type { HardwareAddress } from "../../contracts/wire/announcement.ts";
import { dumpLinks, findLink } from "./addresses.ts";
import {
  decodeMacvlan,
  encodeDeleteLink,
  encodeLinkLocalRoute,
  encodeLinkUp,
  encodeNewMacvlan,
  type MacvlanRecord,
  macvlanKind,
} from "./macvlan-codec.ts";
import { type NetlinkCommands, type NetlinkRequest, openNetlinkCommands } from "./netlink-commands.ts";
import { done, errnoOf, failure, type Outcome, success } from "./outcome.ts";
import { encodeGetLink } from "./rtnetlink-codec.ts";
import { readSysctl, type SysctlGuard, setSysctl } from "./sysctl.ts";

export type VirtualMacOptions = {
  /** The real interface; need not be up. */
  readonly parent: string;
  /** 1 to 15 octets, e.g. "vrrp.51". */
  readonly name: string;
  /** Six octets: 00:00:5e:00:01:VRID for IPv4, 00:00:5e:00:02:VRID for IPv6. */
  readonly hardwareAddress: HardwareAddress;
  /** What the virtual router speaks; default by the fifth octet of the address. IPv6 is switched off on an IPv4 one. */
  readonly family?: "ipv4" | "ipv6" | undefined;
};

/**
 * Makes the interface and sets it up. Idempotent: one that is there with the same parent, mode and address is taken over
 * with its addresses, settings renewed. A macvlan of that name and address on another parent or in another mode is what
 * somebody left behind, and is replaced; anything else of that name is refused. Errors are one sentence.
 */
export function createVirtualMac(options: VirtualMacOptions): Outcome<{ readonly index: number }> {
  const { name, hardwareAddress } = options;
  const parent = findLink(options.parent);
  if (!parent.ok) return failure(`virtual MAC ${name}: ${parent.error}`);
  if (hardwareAddress.length !== 6) return failure(`virtual MAC ${name}: a hardware address has six octets`);
  return withCommands(name, (commands) => {
    const present = find(commands, name);
    if (!present.ok) return present;
    const fit = judge(present.value, parent.value.index, textOf(hardwareAddress));
    if (fit === "foreign") {
      return failure(`there is an interface of that name that is no macvlan with ${textOf(hardwareAddress)}`);
    }
    if (fit === "leftover") {
      const removed = perform(commands, encodeDeleteLink(present.value?.index ?? 0));
      if (!removed.ok) return removed;
    }
    if (fit !== "ours") {
      const request = encodeNewMacvlan(name, parent.value.index, Uint8Array.from(hardwareAddress));
      const made = perform(commands, request);
      if (!made.ok) return made;
    }
    const ready = complete(commands, name, options.family ?? familyOf(hardwareAddress));
    if (!ready.ok && fit !== "ours") remove(commands, name);
    return ready;
  });
}

/** Deletes the interface with all that is on it. A missing one is a success; one that is no macvlan stays and is an error. */
export function removeVirtualMac(name: string): Outcome {
  return withCommands(name, (commands) => remove(commands, name));
}

/**
 * Settings outside of the new interface, to be made before it: the parent answers ARP for its own addresses only and
 * where its routes agree, and the reverse path filter moves from "all" to each interface, so that it can be off on the
 * new one alone. Nothing is weaker than it was at any moment. `guard.restore()` takes all of it back; errors as `setSysctl`.
 */
export function prepareForVirtualMac(guard: SysctlGuard, parent: string): Outcome {
  for (const setting of virtualMacParentSettings(parent)) {
    const outcome = guard.set(setting, 1);
    if (!outcome.ok) return outcome;
  }
  return relaxReversePathFilter(guard);
}

/** The paths `prepareForVirtualMac` sets on the parent: to be restored with its last virtual MAC. */
export function virtualMacParentSettings(parent: string): readonly string[] {
  return [`ipv4/conf/${parent}/arp_ignore`, `ipv4/conf/${parent}/arp_filter`];
}

type Fit = "absent" | "ours" | "leftover" | "foreign";

function judge(present: MacvlanRecord | undefined, parentIndex: number, hardwareAddress: string): Fit {
  if (present === undefined) return "absent";
  if (present.kind !== macvlanKind || present.hardwareAddress !== hardwareAddress) return "foreign";
  return present.isPrivate && present.parentIndex === parentIndex ? "ours" : "leftover";
}

/** Settings that must be there before the interface goes up; then up. They end with the interface. */
function complete(
  commands: NetlinkCommands,
  name: string,
  family: "ipv4" | "ipv6",
): Outcome<{ readonly index: number }> {
  for (const [setting, value] of settingsOf(family)) {
    const [protocol = "", item = ""] = setting.split("/");
    const outcome = setSysctl(`${protocol}/conf/${name}/${item}`, value);
    // A kernel without IPv6 has none of its settings, and an IPv4 router needs none.
    const needless = family === "ipv4" && protocol === "ipv6" && !outcome.ok;
    if (!outcome.ok && !(needless && errnoOf(outcome.error) === "ENOENT")) return outcome;
  }
  const link = find(commands, name);
  if (!link.ok) return link;
  if (link.value === undefined) return failure("it vanished while it was made");
  const raised = perform(commands, encodeLinkUp(link.value.index));
  if (!raised.ok) return raised;
  const routed = family === "ipv6" ? linkLocalRoute(commands, link.value.index) : done;
  return routed.ok ? success({ index: link.value.index }) : routed;
}

/**
 * Without it a link-local virtual address could answer nobody. keepalived gets it by giving the interface its parent's
 * link-local address, which then answers for the parent with the virtual MAC.
 */
function linkLocalRoute(commands: NetlinkCommands, index: number): Outcome {
  const outcome = perform(commands, encodeLinkLocalRoute(index));
  return !outcome.ok && errnoOf(outcome.error) === "EEXIST" ? done : outcome;
}

/** IN6_ADDR_GEN_MODE_NONE: a link-local address of the kernel's making would tell the virtual MAC to the wrong ones. */
const addressGenerationNone = 1;

function settingsOf(family: "ipv4" | "ipv6"): readonly (readonly [string, number])[] {
  const none = ["ipv6/addr_gen_mode", addressGenerationNone] as const;
  if (family === "ipv6")
    return [none, ["ipv6/disable_ipv6", 0], ["ipv6/accept_ra", 0], ["ipv4/rp_filter", 0]];
  return [
    none,
    ["ipv6/disable_ipv6", 1],
    ["ipv4/arp_ignore", 1],
    ["ipv4/accept_local", 1],
    ["ipv4/rp_filter", 0],
    ["ipv4/promote_secondaries", 1],
  ];
}

/** The kernel takes the greater of "all" and the interface: each is raised before "all" is lowered. */
function relaxReversePathFilter(guard: SysctlGuard): Outcome {
  const path = (name: string) => `ipv4/conf/${name}/rp_filter`;
  const all = readSysctl(path("all"));
  if (!all.ok || all.value === 0) return all.ok ? done : all;
  const links = dumpLinks();
  if (!links.ok) return links;
  for (const name of ["default", ...links.value.map((link) => link.interface)]) {
    const own = readSysctl(path(name));
    const outcome = own.ok && own.value < all.value ? guard.set(path(name), all.value) : own;
    // An interface that vanished since the list was taken.
    if (!outcome.ok && errnoOf(outcome.error) !== "ENOENT") return outcome;
  }
  return guard.set(path("all"), 0);
}

function find(commands: NetlinkCommands, name: string): Outcome<MacvlanRecord | undefined> {
  const message = commands.get(encodeGetLink(name));
  if (message.ok) return success(decodeMacvlan(message.value));
  return errnoOf(message.error) === "ENODEV" ? success(undefined) : message;
}

function remove(commands: NetlinkCommands, name: string): Outcome {
  const present = find(commands, name);
  if (!present.ok || present.value === undefined) return present.ok ? done : present;
  if (present.value.kind !== macvlanKind) return failure("the interface of that name is no macvlan");
  const outcome = perform(commands, encodeDeleteLink(present.value.index));
  return !outcome.ok && errnoOf(outcome.error) === "ENODEV" ? done : outcome;
}

function perform(commands: NetlinkCommands, request: NetlinkRequest): Outcome {
  return commands.request([request])[0] ?? failure("netlink: no answer");
}

/** A command socket for this change: virtual MACs are made and removed at start, reload and end only. */
function withCommands<T>(name: string, action: (commands: NetlinkCommands) => Outcome<T>): Outcome<T> {
  const commands = openNetlinkCommands();
  if (!commands.ok) return commands;
  const outcome = action(commands.value);
  commands.value.close();
  return outcome.ok ? outcome : failure(`virtual MAC ${name}: ${outcome.error}`);
}

function familyOf(hardwareAddress: HardwareAddress): "ipv4" | "ipv6" {
  return hardwareAddress[4] === 2 ? "ipv6" : "ipv4";
}

function textOf(hardwareAddress: HardwareAddress): string {
  return hardwareAddress.map((octet) => octet.toString(16).padStart(2, "0")).join(":");
}
