/**
 * The virtual MACs of the routers that have one, and the firewall behind Accept_Mode: made before the routers start,
 * made again where an interface comes back, and gone at the end. A virtual MAC forwards while its router is active only
 * (RFC 9568 6.4.2: a backup drops what is sent to it), and its solicited-node groups are joined on the real interface,
 * whose port is where a switch has to send them.
 */

import type { VirtualAddress, VirtualMac, VirtualRouterConfig } from "../contracts/config/schema.ts";
import { virtualHardwareAddress } from "../contracts/wire/announcement.ts";
import type { HostChanges } from "./host-changes.ts";
import { findLink } from "./io/addresses.ts";
import { type Firewall, openFirewall } from "./io/firewall.ts";
import { done, errnoOf, type Outcome } from "./io/outcome.ts";
import { openSolicitedNodeGroups, type SolicitedNodeGroups } from "./io/solicited-node-groups.ts";
import { readSysctl, setSysctl } from "./io/sysctl.ts";
import {
  createVirtualMac,
  prepareForVirtualMac,
  removeVirtualMac,
  virtualMacParentSettings,
} from "./io/virtual-mac.ts";

export interface VirtualMacsOptions {
  readonly configs: readonly VirtualRouterConfig[];
  readonly changes: HostChanges;
  readonly onNotice: (notice: string, detail: string) => void;
}

export interface VirtualMacs {
  /** Makes those that are missing on this interface, or under this name. An interface that is not there is waited for. */
  ensure(interfaceName: string): void;
  /** The router took over its addresses: its virtual MAC forwards as its interface does, and is found by neighbours. */
  activate(router: VirtualRouterConfig): Outcome;
  deactivate(router: VirtualRouterConfig): Outcome;
  /** These are no longer addresses of the router, which stays active. */
  release(router: VirtualRouterConfig, addresses: readonly VirtualAddress[]): Outcome;
  /**
   * These are the routers from now on, and those that have another virtual MAC do not run: makes and removes interfaces and
   * follows with the firewall. Answers whether any was made. Interfaces that nobody is in the way of go a little later.
   */
  adopt(configs: readonly VirtualRouterConfig[]): boolean;
  /** Removes them and the firewall, and puts the settings back. */
  close(): void;
}

/** Milliseconds between two removals of interfaces. */
const removalPause = 20;

type Owner = VirtualRouterConfig & { readonly virtualMac: VirtualMac };

export function openVirtualMacs({ configs, changes, onNotice }: VirtualMacsOptions): VirtualMacs {
  let owners: readonly Owner[] = [];
  const firewall = createRules(onNotice);
  const listeners = createListeners();
  const told = new Map<string, string>();
  const make = (owner: Owner) => {
    const outcome = makeVirtualMac(owner, changes);
    const name = owner.virtualMac.interface;
    // Until its interface is there the router is in fault, and says so.
    const error = outcome.ok || errnoOf(reasonOf(outcome.error)) === "ENODEV" ? undefined : outcome.error;
    if (error !== undefined && told.get(name) !== error) onNotice("virtualMac", error);
    if (error === undefined) told.delete(name);
    else told.set(name, error);
  };
  const removals = createRemovals({ onNotice, onRemoved: () => settle() });
  const writeDown = () =>
    changes.setInterfaces([
      ...new Set([...owners.map(({ virtualMac }) => virtualMac.interface), ...removals.names()]),
    ]);
  /** What was changed for interfaces that have no virtual MAC any more is put back. */
  const settle = () => {
    writeDown();
    const parents = new Set(owners.map((owner) => owner.interface));
    const needed = new Set([...parents].flatMap(virtualMacParentSettings));
    const all = changes.settings.changed();
    const unneeded = owners.length === 0 ? all : all.filter((path) => isOfParent(path) && !needed.has(path));
    for (const error of changes.settings.restore(unneeded).errors) onNotice("virtualMac", error);
  };
  const adopt = (wanted: readonly VirtualRouterConfig[]): boolean => {
    const [before, after] = [owners, wanted.filter(isOwner)];
    const [known, kept] = [new Set(before.map(identityOf)), new Set(after.map(identityOf))];
    const made = after.filter((owner) => !known.has(identityOf(owner)));
    const gone = before.filter((owner) => !kept.has(identityOf(owner)));
    owners = after;
    firewall.adopt(wanted, after);
    for (const owner of gone) removals.plan(owner);
    for (const owner of made) removals.clear(owner);
    if (made.length > 0 || gone.length > 0) writeDown();
    for (const owner of made) make(owner);
    if (gone.length > 0 && removals.names().length === 0) settle();
    return made.length > 0;
  };
  adopt(configs);
  return {
    ensure: (name) => {
      for (const owner of owners) {
        const { interface: own } = owner.virtualMac;
        if ((owner.interface === name || own === name) && !findLink(own).ok) make(owner);
      }
    },
    activate: (router) => {
      if (!isOwner(router)) return done;
      const forwarding = readSysctl(forwardingOf(router, router.interface));
      if (!forwarding.ok) return forwarding;
      const set = setSysctl(forwardingOf(router, router.virtualMac.interface), forwarding.value);
      return set.ok ? listeners.join(router) : set;
    },
    deactivate: (router) => {
      if (!isOwner(router)) return done;
      listeners.leave(router);
      return stopForwarding(router);
    },
    release: (router, addresses) => {
      if (isOwner(router)) listeners.leave({ ...router, addresses: [...addresses] });
      return done;
    },
    adopt,
    close: () => {
      removals.close();
      listeners.close();
      for (const error of changes.restore()) onNotice("virtualMac", error);
      firewall.close();
    },
  };
}

function isOwner(router: VirtualRouterConfig): router is Owner {
  return router.virtualMac !== undefined;
}

/** Which interface it is: one that differs in any of it is another one. */
function identityOf({ family, virtualRouterId, interface: parent, virtualMac }: Owner): string {
  return [virtualMac.interface, parent, family, virtualRouterId].join(" ");
}

function isOfParent(path: string): boolean {
  return /\/arp_(?:ignore|filter)$/u.test(path);
}

function isInTheWay(old: Owner, made: Owner): boolean {
  if (old.virtualMac.interface === made.virtualMac.interface) return true;
  const { interface: parent, family, virtualRouterId } = made;
  return old.interface === parent && old.family === family && old.virtualRouterId === virtualRouterId;
}

/** Interfaces without an owner: the kernel takes its time for each, so they go one at a time, after all that is urgent. */
function createRemovals({
  onNotice,
  onRemoved,
}: Pick<VirtualMacsOptions, "onNotice"> & { readonly onRemoved: () => void }) {
  const planned = new Map<string, Owner>();
  let timer: NodeJS.Timeout | undefined;
  const remove = (name: string) => {
    planned.delete(name);
    const removed = removeVirtualMac(name);
    if (!removed.ok) onNotice("virtualMac", removed.error);
  };
  const removeNext = () => {
    timer = undefined;
    const [name] = planned.keys();
    if (name !== undefined) remove(name);
    if (planned.size > 0) timer = setTimeout(removeNext, removalPause);
    else onRemoved();
  };
  return {
    names: () => [...planned.keys()],
    plan: (owner: Owner) => {
      planned.set(owner.virtualMac.interface, owner);
      timer ??= setTimeout(removeNext, removalPause);
    },
    /** Removes at once what is in the way of a new one. */
    clear: (made: Owner) => {
      for (const [name, owner] of planned) if (isInTheWay(owner, made)) remove(name);
    },
    close: () => clearTimeout(timer),
  };
}

/** The firewall, as long as a router needs it. Without it the addresses are served all the same: an operator wants that more. */
function createRules(onNotice: VirtualMacsOptions["onNotice"]) {
  let firewall: Firewall | undefined;
  let last = "";
  const close = () => {
    firewall?.close();
    firewall = undefined;
  };
  const adopt = (configs: readonly VirtualRouterConfig[], owners: readonly Owner[]) => {
    const unaccepted = configs.filter(({ acceptMode }) => !acceptMode).flatMap(({ addresses }) => addresses);
    const virtualMacs = owners.map((owner) => ({
      interface: owner.virtualMac.interface,
      hardwareAddress: virtualHardwareAddress(owner.family, owner.virtualRouterId),
    }));
    const wanted = JSON.stringify([unaccepted, virtualMacs]);
    if (wanted === last) return;
    last = wanted;
    if (unaccepted.length === 0 && owners.length === 0) return close();
    if (firewall === undefined) {
      const opened = openFirewall();
      if (!opened.ok) {
        // Asked again with the next change.
        last = "";
        return onNotice("firewall", `${opened.error}; packets to the virtual addresses are accepted`);
      }
      firewall = opened.value;
    }
    for (const outcome of [firewall.setUnaccepted(unaccepted), firewall.setVirtualMacs(virtualMacs)]) {
      if (!outcome.ok) onNotice("firewall", outcome.error);
    }
  };
  return { adopt, close };
}

function makeVirtualMac(owner: Owner, changes: HostChanges): Outcome {
  const { interface: parent, family, virtualRouterId, virtualMac } = owner;
  const prepared = prepareForVirtualMac(changes.settings, parent);
  // The settings of an interface that is not there: so is the interface, and the kernel says it better.
  if (!prepared.ok && errnoOf(prepared.error) !== "ENOENT") return prepared;
  const made = createVirtualMac({
    parent,
    name: virtualMac.interface,
    hardwareAddress: virtualHardwareAddress(family, virtualRouterId),
    family,
  });
  return made.ok ? stopForwarding(owner) : made;
}

function stopForwarding(owner: Owner): Outcome {
  const outcome = setSysctl(forwardingOf(owner, owner.virtualMac.interface), 0);
  const isGone = !outcome.ok && errnoOf(outcome.error) === "ENOENT";
  return outcome.ok || isGone ? done : outcome;
}

function forwardingOf({ family }: VirtualRouterConfig, name: string): string {
  return `${family}/conf/${name}/forwarding`;
}

/** The memberships of the active routers with IPv6 addresses, by their interface. */
function createListeners() {
  const groups = new Map<string, SolicitedNodeGroups>();
  const addressesOf = ({ addresses }: Owner) => addresses.map(({ address }) => address);
  const join = (owner: Owner): Outcome => {
    if (owner.family !== "ipv6") return done;
    const { interface: parent } = owner;
    if (!groups.has(parent)) {
      const opened = openSolicitedNodeGroups(parent);
      if (!opened.ok) return opened;
      groups.set(parent, opened.value);
    }
    return (
      groups
        .get(parent)
        ?.join(addressesOf(owner))
        .find((outcome) => !outcome.ok) ?? done
    );
  };
  return {
    join,
    leave: (owner: Owner) => {
      const joined = groups.get(owner.interface);
      joined?.leave(addressesOf(owner));
      if (joined?.addresses().length !== 0) return;
      // The interface may be another one under its name when the next router joins.
      joined.close();
      groups.delete(owner.interface);
    },
    close: () => {
      for (const joined of groups.values()) joined.close();
    },
  };
}

/** "virtual MAC vrrp.51: ENODEV: ..." without whom it is about. */
function reasonOf(error: string): string {
  return error.replace(/^virtual MAC [^:]+: /u, "");
}
